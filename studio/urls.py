"""Addresses: the front door, making, one's own cuts, shared ones under /c/, the back office's under /admin/cuts/."""

from django.urls import include, path

from studio import actions, pages, panels

app_name = "studio"

panel_urls = [path("cuts/", panels.cuts, name="cuts")]

urlpatterns = [
    path("", pages.home, name="home"),
    path("make/", pages.make, name="make"),
    path("make/cut/", actions.make_cut, name="make_cut"),
    path("make/frames/<slug:slug>.jpg", pages.frame_sample, name="frame_sample"),
    path("make/styles/<slug:slug>.jpg", pages.style_sample, name="style_sample"),
    path("studio/", pages.studio, name="studio"),
    path("studio/cut/", actions.make_studio_cut, name="make_studio_cut"),
    path("studio/poems/wish/", actions.wish_poem, name="wish_poem"),
    path("studio/pictures/wish/", actions.wish_picture, name="wish_picture"),
    path("studio/wishes/<int:pk>/", pages.wish, name="wish"),
    path("wall/", pages.wall, name="wall"),
    path("me/", pages.overview, name="overview"),
    path("my-cuts/", pages.my_cuts, name="my_cuts"),
    # /cuts/
    path("cuts/<str:slug>/", pages.cut, name="cut"),
    path("cuts/<str:slug>/progress/", pages.progress, name="progress"),
    path("cuts/<str:slug>/cancel/", actions.cancel_cut, name="cancel_cut"),
    path("cuts/<str:slug>/retry/", actions.retry_cut, name="retry_cut"),
    path("cuts/<str:slug>/show/", actions.show_cut, name="show_cut"),
    path("cuts/<str:slug>/delete/", actions.delete_cut, name="delete_cut"),
    path("cuts/<str:slug>/restore/", actions.restore_cut, name="restore_cut"),
    path("cuts/<str:slug>/as/<slug:kind>/", pages.download_own_cut, name="download_own_cut"),
    path("stories/<str:slug>/", pages.story, name="story"),
    path("stories/<str:slug>/make/", actions.make_story, name="make_story"),
    # /c/
    path("c/<str:slug>/", pages.shared_cut, name="shared_cut"),
    path("c/<str:slug>/video.mp4", pages.shared_video, name="shared_video"),
    path("c/<str:slug>/poster.jpg", pages.shared_poster, name="shared_poster"),
    path("c/<str:slug>/preview.jpg", pages.shared_preview, name="shared_preview"),
    path("c/<str:slug>/as/<slug:kind>/", pages.download_cut, name="download_cut"),
    path("c/<str:slug>/shared/", actions.count_share, name="count_share"),
    path("sitemap.xml", pages.sitemap, name="sitemap"),
    # /admin/
    path("admin/cuts/", pages.staff_cuts, name="staff_cuts"),
    path("admin/cuts/<int:pk>/", pages.staff_cut, name="staff_cut"),
    path("admin/cuts/<int:pk>/retry/", actions.retry_staff_cut, name="retry_staff_cut"),
    path("admin/cuts/<int:pk>/bar/", actions.bar_cut, name="bar_cut"),
    path("admin/cuts/<int:pk>/take_down/", actions.take_down_cut, name="take_down_cut"),
    path("admin/cuts/<int:pk>/unbar/", actions.unbar_cut, name="unbar_cut"),
    path("admin/studio/panels/", include((panel_urls, "panel"))),
]
