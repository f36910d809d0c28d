from django.urls import include, path

from tunables import actions, pages, panels

app_name = "tunables"

panel_urls = [
    path("history/", panels.history, name="history"),
    path("security_settings/", panels.security_settings, name="security_settings"),
]
urlpatterns = [
    path("admin/security/", pages.security, name="security"),
    path("admin/security/tunables/<str:key>/change/", actions.change_tunable, name="change_tunable"),
    path("admin/security/tunables/<str:key>/reset/", actions.reset_tunable, name="reset_tunable"),
    path("admin/security/tunables/<str:key>/keep/", actions.keep_tunable, name="keep_tunable"),
    path("admin/security/tunables/<str:key>/undo/", actions.undo_tunable, name="undo_tunable"),
    path("admin/tunables/panels/", include((panel_urls, "panel"))),
]
