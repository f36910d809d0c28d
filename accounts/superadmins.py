"""Somebody always holds the keys: the last active super admin stays one."""

from accounts.models import Role, User


class LastSuperAdmin(Exception):
    """Without this person nobody could manage roles and settings; the message says so."""

    def __init__(self):
        super().__init__("This is the last active super admin. Give somebody else the role first.")


def keep_one(without: User) -> None:
    """Refuse when `without` is the last one. Inside a transaction; two at once wait for each other, in one order."""
    holders = User.objects.select_for_update(no_key=True).filter(role=Role.SUPER_ADMIN, is_active=True).order_by("pk")
    if [holder.pk for holder in holders] == [without.pk]:
        raise LastSuperAdmin
