"""Addresses of this room; the pages of allauth are in sign_in_urls.py."""

from django.urls import include, path

from accounts import actions, import_actions, pages, panels

app_name = "accounts"

panel_urls = [
    path("sign_ups/", panels.sign_ups, name="sign_ups"),
    path("users/", panels.users, name="users"),
    path("bulk_act/<int:pk>/", panels.bulk_act, name="bulk_act"),
    path("user_credit/<int:pk>/", panels.user_credit, name="user_credit"),
    path("user_events/<int:pk>/", panels.user_events, name="user_events"),
]
urlpatterns = [
    path("home/", pages.home, name="home"),
    # /me/
    path("me/account/", pages.me, name="me"),
    path("me/name/", actions.change_name, name="change_name"),
    path("me/sessions/end/", actions.end_sessions, name="end_sessions"),
    # /account/
    path("account/owner/<str:token>/", pages.owner_link, name="owner_link"),
    path("account/owner/<str:token>/redeem/", actions.redeem_owner_link, name="redeem_owner_link"),
    # /outbox/
    path("outbox/", pages.outbox, name="outbox"),
    path("outbox/<int:pk>/", pages.outbox_mail, name="outbox_mail"),
    # /admin/
    path("admin/users/", pages.users, name="users"),
    path("admin/users/bulk/<slug:verb>/", pages.new_bulk_act, name="new_bulk_act"),
    path("admin/users/bulk/<slug:verb>/start/", actions.start_bulk_act, name="start_bulk_act"),
    path("admin/users/acts/<int:pk>/", pages.bulk_act, name="bulk_act"),
    path("admin/users/acts/<int:pk>/undo/", actions.undo_bulk_act, name="undo_bulk_act"),
    path("admin/users/import/", pages.new_import, name="new_import"),
    path("admin/users/import/check/", import_actions.check_import, name="check_import"),
    path("admin/users/import/run/", import_actions.run_import, name="run_import"),
    path("admin/users/views/save/", actions.save_view, name="save_view"),
    path("admin/users/views/<int:pk>/delete/", actions.delete_view, name="delete_view"),
    path("admin/users/<int:pk>/", pages.user, name="user"),
    path("admin/accounts/panels/", include((panel_urls, "panel"))),
]
