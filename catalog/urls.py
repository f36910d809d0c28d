from django.urls import include, path

app_name = "catalog"

panel_urls = []
urlpatterns = [
    path("admin/catalog/panels/", include((panel_urls, "panel"))),
]
