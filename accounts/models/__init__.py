"""People with an account, their roles, and the mails to them."""

from accounts.models.email_change import EmailChange
from accounts.models.mail import OutboxMail, QueuedMail
from accounts.models.own_data import OwnData
from accounts.models.owner_link import OwnerLink
from accounts.models.role import CustomRole, Role
from accounts.models.user import User, UserManager

__all__ = [
    "CustomRole",
    "EmailChange",
    "OutboxMail",
    "OwnData",
    "OwnerLink",
    "QueuedMail",
    "Role",
    "User",
    "UserManager",
]
