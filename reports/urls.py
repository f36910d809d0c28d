"""Addresses: /admin/reports/."""

from django.urls import include, path

from reports import actions, pages, panels

app_name = "reports"

panel_urls = [
    path("headline/", panels.headline, name="headline"),
    path("mrr_by_month/", panels.mrr_by_month, name="mrr_by_month"),
    path("cohorts/", panels.cohorts, name="cohorts"),
    path("payments/", panels.payments, name="payments"),
]

urlpatterns = [
    path("admin/reports/", pages.index, name="index"),
    path("admin/reports/members/", pages.members, name="members"),
    path("admin/reports/members/<int:pk>/", pages.movements, name="movements"),
    path("admin/reports/money/", pages.money_days, name="money_days"),
    path("admin/reports/money/rows/", pages.money_rows, name="money_rows"),
    path("admin/reports/refresh/", actions.refresh_reports, name="refresh_reports"),
    path("admin/reports/panels/", include((panel_urls, "panel"))),
]
