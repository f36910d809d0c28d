from django.urls import include, path

from files import actions, pages, panels

app_name = "files"

panel_urls = [
    path("orphans/", panels.orphans, name="orphans"),
    path("storage/", panels.storage, name="storage"),
]
urlpatterns = [
    path("media/<str:token>", pages.media, name="media"),
    path("admin/files/", pages.index, name="index"),
    path("admin/files/sweeps/start/", actions.start_sweep, name="start_sweep"),
    path("admin/files/sweeps/repair/", actions.repair_storage, name="repair_storage"),
    path("admin/files/panels/", include((panel_urls, "panel"))),
]
