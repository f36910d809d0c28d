from django.urls import path

from ui import pages, preferences

app_name = "ui"
urlpatterns = [
    path("admin/search/", pages.search, name="search"),
    path("theme/", preferences.change_theme, name="change_theme"),
    path("demo-banner/hide/", preferences.hide_demo_banner, name="hide_demo_banner"),
    path("robots.txt", pages.robots, name="robots"),
    path("favicon.ico", pages.favicon, name="favicon"),
]
