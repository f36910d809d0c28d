"""Addresses: /go/ is public, the rest is the back office's under /admin/ctas/."""

from django.urls import include, path

from ctas import actions, pages, panels

app_name = "ctas"

panel_urls = [
    path("slots/", panels.slots, name="slots"),
    path("placements/", panels.placements, name="placements"),
    path("history/", panels.history, name="history"),
]

urlpatterns = [
    path("go/<slug:placement>/", pages.go, name="go"),
    path("go/<slug:placement>/seen/", actions.count_seen, name="count_seen"),
    path("admin/ctas/", pages.index, name="index"),
    path("admin/ctas/slots/save/", actions.save_slots, name="save_slots"),
    path("admin/ctas/slots/preview/", actions.preview_slots, name="preview_slots"),
    path("admin/ctas/slots/<slug:key>/versions/<int:version>/restore/", actions.restore_slot, name="restore_slot"),
    path("admin/ctas/panels/", include((panel_urls, "panel"))),
]
