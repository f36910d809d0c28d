from django.urls import include, path

from audit import actions, pages, panels

app_name = "audit"

panel_urls = [
    path("log/", panels.log, name="log"),
    path("integrity/", panels.integrity, name="integrity"),
]
urlpatterns = [
    path("admin/audit/", pages.index, name="index"),
    path("admin/audit/head/", pages.head_file, name="head_file"),
    path("admin/audit/verify/", actions.verify_log, name="verify_log"),
    path("admin/logs/", pages.logs, name="logs"),
    path("admin/audit/panels/", include((panel_urls, "panel"))),
]
