"""Whether somebody may use their account: suspended with a reason, for a time or until somebody restores it."""

from django.db import transaction

from accounts.models import User
from audit.models import record


class Refused(Exception):
    """This may not be done to this account; the message is for whoever tries."""


def suspend(user: User, by: User, reason: str, until=None) -> bool:
    """End every session at once and let nobody in. False when it is suspended or deleted already."""
    with transaction.atomic():
        person = _held(user, by)
        if not person.is_active or person.deleted_at:
            return False
        person.is_active, person.suspension_reason, person.suspended_until = False, reason, until
        person.save(update_fields=["is_active", "suspension_reason", "suspended_until"])
        person.end_sessions()
        record(by, "user.suspended", person, after={"reason": reason, "until": until})
    return True


def restore(user: User, by: User) -> bool:
    """Let somebody in again. False when nothing keeps them out, or when the account is deleted."""
    with transaction.atomic():
        person = _held(user, by)
        if person.is_active or person.deleted_at:
            return False
        before = {"reason": person.suspension_reason, "until": person.suspended_until}
        person.is_active, person.suspension_reason, person.suspended_until = True, "", None
        person.save(update_fields=["is_active", "suspension_reason", "suspended_until"])
        record(by, "user.restored", person, before=before)
    return True


def _held(user: User, by: User) -> User:
    person = User.objects.select_for_update().get(pk=user.pk)
    if person.pk == by.pk:
        raise Refused("Nobody can do this to their own account.")
    if not person.perms <= by.perms or (person.is_staff and not by.can("roles:manage")):
        raise Refused("This account may do what you may not.")
    return person
