from django.urls import include, path

from alerts import actions, pages, panels

app_name = "alerts"

panel_urls = [
    path("alerts/", panels.alerts, name="alerts"),
    path("banner/", panels.banner, name="banner"),
]
urlpatterns = [
    path("admin/alerts/", pages.index, name="index"),
    path("admin/alerts/<int:pk>/acknowledge/", actions.acknowledge_alert, name="acknowledge_alert"),
    path("admin/alerts/<int:pk>/reopen/", actions.reopen_alert, name="reopen_alert"),
    path("admin/alerts/panels/", include((panel_urls, "panel"))),
]
