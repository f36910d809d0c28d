"""Addresses of this room; the pages of allauth are in sign_in_urls.py."""

from django.urls import include, path

from accounts import actions, import_actions, note_actions, pages, panels, user_actions

app_name = "accounts"

panel_urls = [
    path("roles/", panels.roles, name="roles"),
    path("sign_ups/", panels.sign_ups, name="sign_ups"),
    path("staff_invitations/", panels.staff_invitations, name="staff_invitations"),
    path("users/", panels.users, name="users"),
    path("bulk_act/<int:pk>/", panels.bulk_act, name="bulk_act"),
    path("user_credit/<int:pk>/", panels.user_credit, name="user_credit"),
    path("user_events/<int:pk>/", panels.user_events, name="user_events"),
    path("user_devices/<int:pk>/", panels.user_devices, name="user_devices"),
    path("user_sign_ins/<int:pk>/", panels.user_sign_ins, name="user_sign_ins"),
    path("user_works/<int:pk>/", panels.user_works, name="user_works"),
    path("user_notes/<int:pk>/", panels.user_notes, name="user_notes"),
    path("user_profile/<int:pk>/", panels.user_profile, name="user_profile"),
    path("user_role/<int:pk>/", panels.user_role, name="user_role"),
]
user_urls = [
    path("suspend/", user_actions.suspend_user, name="suspend_user"),
    path("plan/", user_actions.override_plan, name="override_plan"),
    path("plan/end/", user_actions.end_override, name="end_override"),
    path("reset/", user_actions.send_reset, name="send_reset"),
    path("confirmation/", user_actions.resend_confirmation, name="resend_confirmation"),
    path("sessions/end/", user_actions.end_user_sessions, name="end_user_sessions"),
    path("notes/write/", note_actions.write_note, name="write_note"),
    path("delete/", user_actions.delete_user, name="delete_user"),
    path("undelete/", user_actions.undelete_user, name="undelete_user"),
    path("impersonate/", user_actions.impersonate_user, name="impersonate_user"),
    path("restore/", user_actions.restore_user, name="restore_user"),
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
    path("me/leave/", pages.leave, name="leave"),
    path("me/leave/delete/", actions.delete_own_account, name="delete_own_account"),
    path("me/email/keep/", actions.forget_email_change, name="forget_email_change"),
    # While staff see the site as a member
    path("impersonation/end/", actions.end_impersonation, name="end_impersonation"),
    path("impersonation/allow-writing/", actions.allow_writing, name="allow_writing"),
    # /account/
    path("account/email/change/<str:token>/", pages.email_change, name="email_change"),
    path("account/email/change/<str:token>/confirm/", actions.confirm_email_change, name="confirm_email_change"),
    path("account/email/change/<str:token>/stop/", actions.stop_email_change, name="stop_email_change"),
    path("account/owner/<str:token>/", pages.owner_link, name="owner_link"),
    path("account/owner/<str:token>/redeem/", actions.redeem_owner_link, name="redeem_owner_link"),
    path("account/staff/<str:token>/", pages.staff_invitation, name="staff_invitation"),
    path("account/staff/<str:token>/accept/", actions.accept_staff_invitation, name="accept_staff_invitation"),
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
    path("admin/users/<int:pk>/role/", actions.give_role, name="give_role"),
    path("admin/roles/", pages.roles, name="roles"),
    path("admin/roles/clone/", actions.clone_role, name="clone_role"),
    path("admin/roles/<slug:key>/", pages.role, name="role"),
    path("admin/roles/<slug:key>/change/", actions.change_role, name="change_role"),
    path("admin/roles/<slug:key>/retire/", actions.retire_role, name="retire_role"),
    path("admin/roles/<slug:key>/restore/", actions.restore_role, name="restore_role"),
    path("admin/staff/invite/", actions.invite_staff, name="invite_staff"),
    path("admin/staff/<int:pk>/revoke/", actions.revoke_staff_invitation, name="revoke_staff_invitation"),
    path("admin/accounts/sessions/<int:pk>/end/", user_actions.end_user_session, name="end_user_session"),
    path("admin/accounts/notes/<int:pk>/edit/", note_actions.edit_note, name="edit_note"),
    path("admin/accounts/notes/<int:pk>/pin/", note_actions.pin_note, name="pin_note"),
    path("admin/accounts/users/<int:pk>/", include(user_urls)),
    path("admin/accounts/panels/", include((panel_urls, "panel"))),
]
