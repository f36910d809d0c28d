from django.urls import include, path

from musicpool import actions, pages, panels

app_name = "musicpool"

panel_urls = [
    path("fill_status/<str:mood>/<str:genre>/", panels.fill_status, name="fill_status"),
    path("pool_status/", panels.pool_status, name="pool_status"),
    path("track/<int:pk>/", panels.track, name="track"),
    path("tracks/<str:mood>/<str:genre>/", panels.tracks, name="tracks"),
]
urlpatterns = [
    path("admin/music/", pages.index, name="index"),
    path("admin/music/tracks/<int:pk>/", pages.track, name="track"),
    path("admin/music/tracks/<int:pk>/approve/", actions.approve_track, name="approve_track"),
    path("admin/music/tracks/<int:pk>/describe/", actions.describe_track, name="describe_track"),
    path("admin/music/tracks/<int:pk>/move/", actions.move_track, name="move_track"),
    path("admin/music/tracks/<int:pk>/reject/", actions.reject_track, name="reject_track"),
    path("admin/music/tracks/<int:pk>/replace/", actions.replace_track, name="replace_track"),
    path("admin/music/tracks/<int:pk>/return/", actions.return_track, name="return_track"),
    path("admin/music/<str:mood>/<str:genre>/", pages.bucket, name="bucket"),
    path("admin/music/<str:mood>/<str:genre>/cancel/", actions.cancel_fill, name="cancel_fill"),
    path("admin/music/<str:mood>/<str:genre>/fill/", actions.fill_bucket, name="fill_bucket"),
    path("admin/music/<str:mood>/<str:genre>/upload/", actions.upload_tracks, name="upload_tracks"),
    path("admin/musicpool/panels/", include((panel_urls, "panel"))),
]
