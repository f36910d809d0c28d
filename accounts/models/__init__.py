"""People with an account, their roles, and the mails to them."""

from accounts.models.bulk import BulkAct
from accounts.models.mail import OutboxMail, QueuedMail
from accounts.models.owner_link import OwnerLink
from accounts.models.role import CustomRole, Role
from accounts.models.user import User, UserManager
from accounts.models.view import SavedView

__all__ = ["BulkAct", "CustomRole", "OutboxMail", "OwnerLink", "QueuedMail", "Role", "SavedView", "User", "UserManager"]
