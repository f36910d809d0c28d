"""Addresses: /admin/accounting/ and /admin/usage/."""

from django.urls import path

from accounting.demo import pages as demo

app_name = "accounting"

urlpatterns = [
    path("admin/accounting/demo/", demo.demo_progress, name="demo_progress"),
]
