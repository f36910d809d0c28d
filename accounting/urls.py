"""Addresses: /admin/accounting/ and /admin/usage/."""

app_name = "accounting"

urlpatterns = []
