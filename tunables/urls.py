from django.urls import include, path

from tunables import actions, pages, panels

app_name = "tunables"

panel_urls = [
    path("security_settings/", panels.security_settings, name="security_settings"),
]
urlpatterns = [
    path("admin/security/", pages.security, name="security"),
    path("admin/security/tunables/<str:key>/change/", actions.change_tunable, name="change_tunable"),
    path("admin/security/tunables/<str:key>/reset/", actions.reset_tunable, name="reset_tunable"),
    path("admin/tunables/panels/", include((panel_urls, "panel"))),
]
