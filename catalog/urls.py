"""Addresses: the back office's under /admin/catalog/."""

from django.urls import include, path

from catalog import actions, pages, panels

app_name = "catalog"

panel_urls = [
    path("asset_uses/<str:code>/", panels.asset_uses, name="asset_uses"),
    path("library/", panels.library, name="library"),
    path("catalog_status/", panels.catalog_status, name="catalog_status"),
    path("listed_poems/", panels.listed_poems, name="listed_poems"),
    path("listed_images/", panels.listed_images, name="listed_images"),
    path("poems/", panels.poems, name="poems"),
    path("choices/<slug:kind>/", panels.choices, name="choices"),
]

poem_urls = [
    path("", pages.poems, name="poems"),
    path("new/", pages.new_poem, name="new_poem"),
    path("add/", actions.add_poem, name="add_poem"),
    path("seed/", actions.seed_poems, name="seed_poems"),
    path("<int:pk>/", pages.poem, name="poem"),
    path("<int:pk>/change/", actions.change_poem, name="change_poem"),
    path("<int:pk>/list/", actions.list_poem, name="list_poem"),
    path("<int:pk>/retire/", actions.retire_poem, name="retire_poem"),
    path("<int:pk>/restore/", actions.restore_poem, name="restore_poem"),
]

choice_urls = [
    path("admin/catalog/choices/<slug:kind>/", pages.choices, name="choices"),
    path("admin/catalog/choices/<slug:kind>/add/", actions.add_choice, name="add_choice"),
    path("admin/catalog/choices/<slug:kind>/<int:pk>/", pages.choice, name="choice"),
    path("admin/catalog/choices/<slug:kind>/<int:pk>/preview/", pages.choice_preview, name="choice_preview"),
    path("admin/catalog/choices/<slug:kind>/<int:pk>/sample.jpg", pages.choice_sample, name="choice_sample"),
    path("admin/catalog/choices/<slug:kind>/<int:pk>/change/", actions.change_choice, name="change_choice"),
    path("admin/catalog/choices/<slug:kind>/<int:pk>/place/", actions.place_choice, name="place_choice"),
    path("admin/catalog/choices/<slug:kind>/<int:pk>/retire/", actions.retire_choice, name="retire_choice"),
    path("admin/catalog/choices/<slug:kind>/<int:pk>/restore/", actions.restore_choice, name="restore_choice"),
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
    # /admin/catalog/
    path("admin/catalog/", pages.index, name="index"),
    path("admin/catalog/as-visitor/", pages.as_visitor, name="as_visitor"),
    path("admin/catalog/images/add/", actions.add_images, name="add_images"),
    path("admin/catalog/items/<int:pk>/place/", actions.place_item, name="place_item"),
    path("admin/catalog/items/<int:pk>/remove/", actions.remove_item, name="remove_item"),
    path("admin/catalog/items/<slug:kind>/<int:pk>/<int:position>/restore/", actions.restore_item, name="restore_item"),
    path("admin/catalog/poems/", include(poem_urls)),
    *choice_urls,
    path("admin/catalog/panels/", include((panel_urls, "panel"))),
]
