"""Addresses: /admin/accounting/ and /admin/usage/."""

from django.urls import include, path

from accounting import actions, pages, panels
from accounting.demo import pages as demo
from accounting.usage import pages as usage

app_name = "accounting"

panel_urls = [
    path("headline/", panels.headline, name="headline"),
    path("by_service/", panels.by_service, name="by_service"),
    path("monthly_trend/", panels.monthly_trend, name="monthly_trend"),
    path("actions/", panels.actions, name="actions"),
    path("usage_headline/", panels.usage_headline, name="usage_headline"),
    path("usage_breakdown/", panels.usage_breakdown, name="usage_breakdown"),
    path("usage_baselines/", panels.usage_baselines, name="usage_baselines"),
]

urlpatterns = [
    path("admin/accounting/demo/", demo.demo_progress, name="demo_progress"),
    path("admin/accounting/", pages.index, name="index"),
    path("admin/accounting/rows/", pages.rows, name="rows"),
    path("admin/accounting/entries/", pages.entries, name="entries"),
    path("admin/accounting/balances/", pages.balances, name="balances"),
    path("admin/accounting/figures/refresh/", actions.refresh_figures, name="refresh_figures"),
    path("admin/accounting/months/<slug:month>/", pages.new_close, name="new_close"),
    path("admin/accounting/months/<slug:month>/close/", actions.close_month, name="close_month"),
    path("admin/usage/", usage.usage, name="usage"),
    path("admin/usage/cuts/", usage.usage_cuts, name="usage_cuts"),
    path("admin/usage/baselines/add/", actions.add_baseline, name="add_baseline"),
    path("admin/accounting/panels/", include((panel_urls, "panel"))),
]
