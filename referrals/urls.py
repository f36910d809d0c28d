"""Addresses: all under /admin/referrals/."""

from django.urls import include, path

from referrals import actions, pages, panels

app_name = "referrals"

panel_urls = [
    path("acquisition/", panels.acquisition, name="acquisition"),
    path("share_codes/", panels.share_codes, name="share_codes"),
    path("recent_signups/", panels.recent_signups, name="recent_signups"),
    path("referrals/", panels.referrals, name="referrals"),
    path("member_referrals/<int:pk>/", panels.member_referrals, name="member_referrals"),
]

urlpatterns = [
    path("admin/referrals/", pages.index, name="index"),
    path("admin/referrals/referrals/<int:pk>/release/", actions.release_referral, name="release_referral"),
    path("admin/referrals/referrals/<int:pk>/refuse/", actions.refuse_referral, name="refuse_referral"),
    path("admin/referrals/panels/", include((panel_urls, "panel"))),
]
