"""Addresses of this room; the pages of allauth are in sign_in_urls.py."""

from django.urls import include, path

from accounts import actions, pages, panels

app_name = "accounts"

panel_urls = [
    path("sign_ups/", panels.sign_ups, name="sign_ups"),
    path("users/", panels.users, name="users"),
    path("user_credit/<int:pk>/", panels.user_credit, name="user_credit"),
    path("user_events/<int:pk>/", panels.user_events, name="user_events"),
]
urlpatterns = [
    path("home/", pages.home, name="home"),
    # /me/
    path("me/account/", pages.me, name="me"),
    path("me/name/", actions.change_name, name="change_name"),
    path("me/sessions/end/", actions.end_sessions, name="end_sessions"),
    path("me/sessions/", pages.sessions, name="sessions"),
    path("me/sessions/<int:pk>/end/", actions.end_session, name="end_session"),
    path("me/activity/", pages.activity, name="activity"),
    path("me/data/", pages.own_data, name="own_data"),
    path("me/data/ask/", actions.ask_own_data, name="ask_own_data"),
    path("me/data/fetch/", actions.fetch_own_data, name="fetch_own_data"),
    path("me/email/keep/", actions.forget_email_change, name="forget_email_change"),
    # /account/
    path("account/email/change/<str:token>/", pages.email_change, name="email_change"),
    path("account/email/change/<str:token>/confirm/", actions.confirm_email_change, name="confirm_email_change"),
    path("account/email/change/<str:token>/stop/", actions.stop_email_change, name="stop_email_change"),
    path("account/owner/<str:token>/", pages.owner_link, name="owner_link"),
    path("account/owner/<str:token>/redeem/", actions.redeem_owner_link, name="redeem_owner_link"),
    # /outbox/
    path("outbox/", pages.outbox, name="outbox"),
    path("outbox/<int:pk>/", pages.outbox_mail, name="outbox_mail"),
    # /admin/
    path("admin/users/", pages.users, name="users"),
    path("admin/users/<int:pk>/", pages.user, name="user"),
    path("admin/accounts/panels/", include((panel_urls, "panel"))),
]
