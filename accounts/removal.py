"""Deleted, restored within some days, then purged: only a pseudonym and the money's rows are left.

It looks up, as registration does: what a person leaves behind stands in the rooms above.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts import forgetting, mail, sessions, standing, superadmins
from accounts.models import CustomRole, Role, User
from accounts.standing import NotAllowed
from audit.models import record
from billing import obstacles, open_pages, saved_cards
from billing.obstacles import Obstacle
from jobs.models import Job
from jobs.registry import Retry
from ledger import posting
from ledger.queries import Balances, balances
from tunables import values

HOUR = 3600


@dataclass(frozen=True)
class Outlook:
    """What a deletion would mean: why it must wait, what credit is left, and when what happens to it."""

    obstacles: list[Obstacle]
    credit: Balances
    purged_at: datetime
    paid_ends_at: datetime


def purges_at(user: User) -> datetime:
    """When a deleted account is purged, as was said when it was deleted; or would be if it were deleted now."""
    return user.purges_at or timezone.now() + timedelta(days=values.get("deleted_user_days"))


def outlook(user: User) -> Outlook:
    """Said before anybody deletes: granted credit ends with the purge, paid credit after the refund period as well."""
    purged_at = purges_at(user)
    paid_ends_at = max(purged_at, _paid_ends_at(user) or purged_at)
    return Outlook(obstacles.obstacles(user), balances(user), purged_at, paid_ends_at)


def delete(user: User, *, by: User | None, reason: str) -> bool:
    """Close the account and, after `deleted_user_days`, purge it. Members may delete their own. False if it is deleted.

    Refused while money is on its way back or disputed.
    """
    with transaction.atomic():
        actor = None if by and by.pk == user.pk else by  # one's own: no question of ranks
        standing.check(user, by=actor)
        person = superadmins.lock(user.pk)[user.pk]
        standing.check(person, by=actor)
        superadmins.keep_one(person)
        if person.deleted_at:
            return False
        seen = outlook(person)
        if seen.obstacles:
            raise NotAllowed(" ".join(map(str, seen.obstacles)))
        now = timezone.now()
        closed = "" if person.is_active else person.suspension_reason or "Suspended before it was deleted"
        User.objects.filter(pk=person.pk).update(
            deleted_at=now,
            purges_at=seen.purged_at,
            paid_ends_at=_paid_ends_at(person),
            is_active=False,
            suspension_reason=closed,
        )
        sessions.end_all(person, by=by)
        saved_cards.remove(person, by=by)
        open_pages.close_later(person)
        user.refresh_from_db()
        Job.enqueue("accounts.purge", {"user": user.pk, "deleted_at": _stamp(user)}, run_at=user.purges_at)
        left = {"status": user.status, "paid": str(seen.credit.paid), "granted": str(seen.credit.granted)}
        record(by, "user.deleted", user, before={"status": person.status}, after=left, note=reason)
        facts = {"own": not actor, "outlook": seen, "support_email": values.get("support_email")}
        mail.send(user.email, "accounts/mail/account_deleted", facts)
    return True


def restore(user: User, *, by: User, reason: str = "", of: str = "") -> bool:
    """Bring a deleted account back as it was, suspended if it still would be. False when it is not deleted.

    Whose role was retired meanwhile comes back as a member. `of` as in `standing.restore`: the one deletion.
    """
    with transaction.atomic():
        person = standing.locked(user, by=by)
        if person.purged_at:
            raise NotAllowed("This account was purged: nothing of it can be brought back.")
        if not person.deleted_at:
            return False
        standing.still_of(person, of)
        opens = {"is_active": True, "suspension_reason": "", "suspended_until": None}
        over = person.suspended_until and person.suspended_until <= timezone.now()  # its job found a deleted account
        suspended = person.suspension_reason and not over
        roles = CustomRole.objects.select_for_update(no_key=True)  # nobody retires it now
        custom = roles.filter(key=person.role).first()
        role = Role.NONE if custom and custom.retired_at else person.role
        here = dict.fromkeys(("deleted_at", "purges_at", "paid_ends_at"))
        changes = here | {"role": role} | ({} if suspended else opens)
        User.objects.filter(pk=person.pk).update(**changes)
        user.refresh_from_db()
        before, after = {"status": "Deleted", "role": person.role}, {"status": user.status, "role": role}
        record(by, "user.undeleted", user, before=before, after=after, note=reason)
        facts = {"opens": user.is_active, "support_email": values.get("support_email")}
        mail.send(user.email, "accounts/mail/account_restored", facts)
    return True


def purge(user_id: int, deleted_at: str) -> None:
    """The time to restore is over. A job calls this, in one transaction; it comes back while something must wait."""
    user = User.objects.get(pk=user_id)
    if not _is_due(user, deleted_at):
        return
    if not user.purged_at:
        forgetting.forget_words(user)
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if not _is_due(user, deleted_at):
        raise Retry(1, "The account was restored at this moment.")  # and its words with it
    credit = balances(user)
    if credit.held:
        raise Retry(HOUR, "Credit is held for work under way.")
    if credit.granted:
        posting.forfeit(user, "granted", note="The account was purged")
    if not user.purged_at:
        _pseudonymise(user)
        record(None, "user.purged", user, before={"status": "Deleted"}, after={"status": "Purged"})
    ends = _paid_ends_at(user)
    if credit.paid and ends and ends > timezone.now():
        Job.enqueue("accounts.purge", {"user": user.pk, "deleted_at": deleted_at}, run_at=ends)
    elif credit.paid:
        posting.forfeit(user, "paid", note="The account was purged and the refund period is over")


def _is_due(user: User, deleted_at: str) -> bool:
    """False for an account that was restored, perhaps deleted again. Raises Retry while something must wait."""
    if not user.deleted_at or _stamp(user) != deleted_at:
        return False
    if (early := (user.purges_at - timezone.now()).total_seconds()) > 0:
        raise Retry(early, "The account can still be restored.")  # staff told the job to run again
    if waiting := obstacles.obstacles(user):
        raise Retry(24 * HOUR, " ".join(map(str, waiting)))
    return True


def _pseudonymise(user: User) -> None:
    """A number is left of who it was; the rest of the pseudonym is such that nobody can have taken it before."""
    pseudonym = f"purged-{user.pk}-{get_random_string(8).lower()}@purged.invalid"
    forgetting.forget(user, pseudonym)
    user.email, user.name, user.role = pseudonym, "", ""
    user.suspension_reason, user.purged_at = "", timezone.now()
    user.last_login = user.last_seen_at = None
    user.set_unusable_password()
    user.save()


def _paid_ends_at(user: User) -> datetime | None:
    """When paid credit ends: with the refund period of today, and not before the day that was said at the deletion."""
    paid_at = obstacles.last_paid_at(user)
    refunds_end = paid_at and paid_at + timedelta(days=values.get("refund_period_days"))
    return max(filter(None, (refunds_end, user.paid_ends_at)), default=None)


def _stamp(user: User) -> str:
    return user.deleted_at.isoformat()
