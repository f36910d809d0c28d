"""Addresses of this room."""

from django.urls import include, path

from invites import actions, import_actions, pages, panels

app_name = "invites"

panel_urls = [
    path("codes/", panels.codes, name="codes"),
    path("redemptions/<int:pk>/", panels.redemptions, name="redemptions"),
]
urlpatterns = [
    path("join/<str:code>/", pages.join, name="join"),
    path("admin/invites/", pages.index, name="index"),
    path("admin/invites/codes/create/", actions.create_codes, name="create_codes"),
    path("admin/invites/codes/<int:pk>/", pages.code, name="code"),
    path("admin/invites/codes/<int:pk>/disable/", actions.disable_code, name="disable_code"),
    path("admin/invites/codes/<int:pk>/enable/", actions.enable_code, name="enable_code"),
    path("admin/invites/import/", pages.new_import, name="new_import"),
    path("admin/invites/import/check/", import_actions.check_import, name="check_import"),
    path("admin/invites/import/run/", import_actions.run_import, name="run_import"),
    path("admin/invites/panels/", include((panel_urls, "panel"))),
]
