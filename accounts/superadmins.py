"""The last super admin who can act stays one: asked before anybody is demoted, suspended or deleted."""

from django.db import connection

from accounts.models import Role, User

# Whoever may be the last super admin to go does so alone
LOCK = "SELECT pg_advisory_xact_lock(hashtext('accounts.superadmins'))"


class LastSuperAdmin(Exception):
    """Nobody would be left who may do everything; the message is for the person who tries."""


def lock(*pks: int) -> dict[int, User]:
    """These people as they are now, locked in one order everywhere: no deadlock.

    Whoever may end up asking `keep_one` takes no lock on an account before, and on no other after.
    """
    people = User.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
    return {person.pk: person for person in people}


def keep_one(leaving: User) -> None:
    """Raise LastSuperAdmin if no super admin would be left without `leaving`, as `lock` has read them.

    Call it in the change's transaction: of two super admins who go at once the second waits, and sees the first gone.
    Nobody else waits, and no other super admin's row is held.
    """
    if leaving.role != Role.SUPER_ADMIN or not leaving.is_active or leaving.deleted_at:
        return
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    others = User.objects.filter(role=Role.SUPER_ADMIN, is_active=True, deleted_at=None).exclude(pk=leaving.pk)
    if not others.exists():
        raise LastSuperAdmin("This is the last super admin. Make somebody else one first.")
