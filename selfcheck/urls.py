from django.urls import include, path

from selfcheck import actions, pages, panels

app_name = "selfcheck"

panel_urls = [
    path("checks/", panels.checks, name="checks"),
    path("frozen/", panels.frozen, name="frozen"),
    path("runs/", panels.runs, name="runs"),
]
urlpatterns = [
    path("admin/selfcheck/", pages.index, name="index"),
    path("admin/selfcheck/checks/run/", actions.run_checks, name="run_checks"),
    path("admin/selfcheck/checks/<str:name>/run/", actions.run_check, name="run_check"),
    path("admin/selfcheck/panels/", include((panel_urls, "panel"))),
]
