"""Addresses: a member's own plan at /me/membership/, the back office's under /admin/memberships/."""

from django.urls import path

from memberships import actions, pages

app_name = "memberships"

urlpatterns = [
    path("me/membership/", pages.membership, name="membership"),
    path("me/membership/subscribe/", actions.subscribe, name="subscribe"),
    path("me/membership/portal/", actions.open_portal, name="open_portal"),
]
