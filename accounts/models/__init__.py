"""People with an account, their roles, and the mails to them."""

from accounts.models.bulk import BulkAct
from accounts.models.email_change import EmailChange, FormerAddress
from accounts.models.mail import MailServer, OutboxMail, QueuedMail
from accounts.models.note import Note, PastNote
from accounts.models.own_data import OwnData
from accounts.models.owner_link import OwnerLink, StaffInvitation
from accounts.models.plan import Plan, PlanOverride
from accounts.models.role import CustomRole, Role, know_roles
from accounts.models.user import User, UserManager, status_of
from accounts.models.view import SavedView

__all__ = [
    "BulkAct",
    "CustomRole",
    "EmailChange",
    "FormerAddress",
    "MailServer",
    "Note",
    "OutboxMail",
    "OwnData",
    "OwnerLink",
    "PastNote",
    "Plan",
    "PlanOverride",
    "QueuedMail",
    "Role",
    "SavedView",
    "StaffInvitation",
    "User",
    "UserManager",
    "know_roles",
    "status_of",
]
