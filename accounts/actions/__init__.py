"""Changes to accounts: one's own, of the list of users, and of roles."""

from accounts.actions.listing import (
    delete_view,
    save_view,
    start_bulk_act,
    undo_bulk_act,
)
from accounts.actions.own import (
    allow_writing,
    ask_own_data,
    change_name,
    confirm_email_change,
    delete_own_account,
    end_impersonation,
    end_session,
    end_sessions,
    fetch_own_data,
    forget_email_change,
    redeem_owner_link,
    stop_email_change,
)
from accounts.actions.roles import (
    accept_staff_invitation,
    change_role,
    clone_role,
    give_role,
    invite_staff,
    restore_role,
    retire_role,
    revoke_staff_invitation,
)

__all__ = [
    "accept_staff_invitation",
    "allow_writing",
    "ask_own_data",
    "change_name",
    "change_role",
    "clone_role",
    "confirm_email_change",
    "delete_own_account",
    "delete_view",
    "end_impersonation",
    "end_session",
    "end_sessions",
    "fetch_own_data",
    "forget_email_change",
    "give_role",
    "invite_staff",
    "redeem_owner_link",
    "restore_role",
    "retire_role",
    "revoke_staff_invitation",
    "save_view",
    "start_bulk_act",
    "stop_email_change",
    "undo_bulk_act",
]
