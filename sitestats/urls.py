"""Addresses: /admin/site-stats/."""

from django.urls import include, path

from sitestats import pages, panels

app_name = "sitestats"

panel_urls = [
    path("headline/", panels.headline, name="headline"),
    path("trends/", panels.trends, name="trends"),
    path("devices/", panels.devices, name="devices"),
    path("top_urls/", panels.top_urls, name="top_urls"),
    path("top_sources/", panels.top_sources, name="top_sources"),
    path("bots/", panels.bots, name="bots"),
    path("breakdown/", panels.breakdown, name="breakdown"),
    path("live/", panels.live, name="live"),
    path("funnel/", panels.funnel, name="funnel"),
    path("conservation/", panels.conservation, name="conservation"),
]

urlpatterns = [
    path("admin/site-stats/", pages.index, name="index"),
    path("admin/site-stats/days/", pages.days, name="days"),
    path("admin/site-stats/explained/", pages.explained, name="explained"),
    path("admin/site-stats/sessions/<slug:number>/", pages.session, name="session"),
    path("admin/sitestats/panels/", include((panel_urls, "panel"))),
]
