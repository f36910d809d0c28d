"""The last super admin who can act stays one: asked before anybody is demoted, suspended or deleted."""

from django.db.models import Q

from accounts.models import Role, User


class LastSuperAdmin(Exception):
    """Nobody would be left who may do everything; the message is for the person who tries."""


def lock(*pks: int) -> dict[int, User]:
    """These people as they are now, and all super admins, locked in one query and one order everywhere: no deadlock.

    Whoever may end up asking `keep_one` takes no lock on an account before.
    """
    wanted = Q(role=Role.SUPER_ADMIN) | Q(pk__in=pks)
    return {person.pk: person for person in User.objects.select_for_update(no_key=True).filter(wanted).order_by("pk")}


def keep_one(*leaving: User) -> None:
    """Raise LastSuperAdmin if no super admin would be left without `leaving`.

    Call it in the change's transaction, after `lock`: of two changes at once the second sees the first.
    """
    holders = User.objects.select_for_update(no_key=True).filter(role=Role.SUPER_ADMIN).order_by("pk")
    active = {person.pk for person in holders if person.is_active and not person.deleted_at}
    gone = {person.pk for person in leaving}
    if active & gone and not active - gone:
        raise LastSuperAdmin("This is the last super admin. Make somebody else one first.")
