"""Whether an account may be used: suspended with a reason, perhaps until a day, and restored.

It looks up to the Premium that a suspended member goes on paying for, and to their open payment pages.
"""

from django.db import transaction

from accounts import sessions, superadmins
from accounts.models import User
from audit.models import record
from billing import open_pages
from jobs.models import Job
from memberships import doubles, ending


class NotAllowed(Exception):
    """The act does not fit this account or the person who tries; the message says why."""


def suspend(
    user: User, *, by: User | None, reason: str, until=None, ends_premium: bool = False, seen: str | None = None
) -> bool:
    """Close the account at once, with all its sessions; at `until` it opens again by itself.

    `ends_premium`: their card is not charged for another period. Else it goes on, as it does at Stripe. What they could
    still pay is closed in any case: nobody is there to use it. Whoever chose has `seen` what renews, `ending.as_shown`:
    NotAllowed where that is something else by now.
    Again with another reason or end, or to end Premium: the newer one holds. False when nothing changes.
    """
    with transaction.atomic():
        check(user, by=by)
        person = superadmins.lock(user.pk)[user.pk]
        check(person, by=by)
        superadmins.keep_one(person)
        before = _state(person)
        if person.deleted_at:
            raise NotAllowed("This account is deleted.")
        renewing = ending.renewing(person)
        if seen is not None and seen != ending.as_shown(renewing):
            raise NotAllowed("What renews of their Premium is something else by now. Look again, then decide.")
        ends_premium = ends_premium and bool(renewing)
        same = (person.is_active, person.suspension_reason, person.suspended_until) == (False, reason, until)
        if same and not ends_premium:
            return False
        User.objects.filter(pk=person.pk).update(is_active=False, suspension_reason=reason, suspended_until=until)
        sessions.end_all(person, by=by)
        user.refresh_from_db()
        if until:
            Job.enqueue("accounts.lift_suspension", {"user": user.pk, "until": _state(user)["until"]}, run_at=until)
        open_pages.close_later(user)
        premium = ending.end_later(user) if ends_premium else ""
        after = _state(user) | ({"premium": premium} if premium else {})
        record(by, "user.suspended", user, before=before, after=after, note=reason)
    return True


def restore(user: User, *, by: User | None, reason: str = "", of: str = "") -> bool:
    """Open a suspended account. False when it is not suspended.

    `of` names the one suspension to take back, by the epoch that it raised: NotAllowed when another holds by now.
    """
    with transaction.atomic():
        person = locked(user, by=by)
        if person.deleted_at:
            raise NotAllowed("This account is deleted. Restore it from there.")
        if person.is_active:
            return False
        still_of(person, of)
        before = _state(person)
        User.objects.filter(pk=person.pk).update(is_active=True, suspension_reason="", suspended_until=None)
        user.refresh_from_db()
        doubles.settle_restored(user)
        record(by, "user.restored", user, before=before, after=_state(user), note=reason)
    return True


def lift(user_id: int, until: str) -> None:
    """The end of a suspension has come; nothing to do when it was changed or lifted meanwhile."""
    with transaction.atomic():
        held = User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=False, deleted_at=None)
        user = held.first()
        if user and _state(user)["until"] == until:
            restore(user, by=None, reason="The suspension ended")


def locked(user: User, *, by: User | None) -> User:
    """The row of an account, locked, if `by` may act on it."""
    person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    check(person, by=by)
    return person


def still_of(person: User, epoch: str) -> None:
    """Whether the account was closed last when its sessions had this epoch, where one is named: closing raises it."""
    if epoch and epoch != str(person.session_epoch):
        raise NotAllowed("The account was changed again since. Look at it, then decide.")


def check(user: User, *, by: User | None) -> None:
    """Nobody acts on oneself, nor on who may do what they may not; `by` None is the system."""
    if by and (why := refusal(user, by)):
        raise NotAllowed(why)


def refusal(user: User, by: User) -> str:
    """Why `by` may not act on this account; empty where they may."""
    if by.pk == user.pk:
        return "A colleague must do that for you."
    reaches = User(role=user.role).perms <= by.perms
    return "" if reaches else "This person’s role may do more than yours. Ask a super admin."


def _state(user: User) -> dict:
    until = user.suspended_until
    return {"status": user.status, "reason": user.suspension_reason, "until": until and until.isoformat()}
