from django.urls import include, path

from catalog import actions, pages, panels

app_name = "catalog"

panel_urls = [
    path("asset_uses/<str:code>/", panels.asset_uses, name="asset_uses"),
    path("library/", panels.library, name="library"),
]
urlpatterns = [
    # /me/assets/
    path("me/assets/", pages.my_assets, name="my_assets"),
    path("me/assets/upload/", actions.upload_my_assets, name="upload_my_assets"),
    path("me/assets/<str:code>/delete/", actions.delete_my_asset, name="delete_my_asset"),
    path("me/assets/<str:code>/restore/", actions.restore_my_asset, name="restore_my_asset"),
    # /admin/library/
    path("admin/library/", pages.library, name="library"),
    path("admin/library/upload/", actions.upload_assets, name="upload_assets"),
    path("admin/library/<str:code>/", pages.asset, name="asset"),
    path("admin/library/<str:code>/change/", actions.change_asset, name="change_asset"),
    path("admin/library/<str:code>/replace/", actions.replace_asset, name="replace_asset"),
    path("admin/library/<str:code>/retire/", actions.retire_asset, name="retire_asset"),
    path("admin/library/<str:code>/restore/", actions.restore_asset, name="restore_asset"),
    path("admin/catalog/panels/", include((panel_urls, "panel"))),
]
