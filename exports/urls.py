from django.urls import include, path

from exports import actions, pages, panels

app_name = "exports"

panel_urls = [path("exports/", panels.exports, name="exports")]
urlpatterns = [
    path("admin/exports/", pages.index, name="index"),
    path("admin/exports/new/<slug:kind>/", pages.new_export, name="new_export"),
    path("admin/exports/new/<slug:kind>/start/", actions.start_export, name="start_export"),
    path("admin/exports/<int:pk>/download/", pages.download_export, name="download_export"),
    path("admin/exports/<int:pk>/delete/", actions.delete_export, name="delete_export"),
    path("admin/exports/panels/", include((panel_urls, "panel"))),
]
