"""Addresses: a member's own plan at /me/membership/, the back office's under /admin/memberships/."""

from django.urls import include, path

from memberships import actions, pages, panels

app_name = "memberships"

panel_urls = [
    path("standing/", panels.standing, name="standing"),
    path("subscriptions/", panels.subscriptions, name="subscriptions"),
    path("payments/", panels.payments, name="payments"),
    path("invoices/", panels.invoices, name="invoices"),
    path("auto_top_ups/", panels.auto_top_ups, name="auto_top_ups"),
    path("failed_attempts/", panels.failed_attempts, name="failed_attempts"),
    path("member_premium/<int:pk>/", panels.member_premium, name="member_premium"),
]

urlpatterns = [
    path("me/membership/", pages.membership, name="membership"),
    path("me/payments/", pages.payments, name="payments"),
    path("me/membership/subscribe/", actions.subscribe, name="subscribe"),
    path("me/membership/refresh/", actions.refresh_membership, name="refresh_membership"),
    path("me/membership/portal/", actions.open_portal, name="open_portal"),
    path("admin/memberships/", pages.index, name="index"),
    path("admin/memberships/panels/", include((panel_urls, "panel"))),
]
