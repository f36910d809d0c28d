"""Whose code brought a sign-up, within the cap of the week."""

from datetime import timedelta

from django.utils import timezone

from referrals import codes, doubts
from referrals.models import Referral, ShareCode
from tunables import values

WEEK = timedelta(days=7)
State = Referral.State


def attribute(request, user, code: str) -> Referral | None:
    """Note that `code` brought `user`; beyond the cap only that it would have. None where it is nobody's.

    Called by registration, last in its transaction. Under a cap the code's row is locked until that commits, so that
    of sign-ups at once no more get in than may.
    """
    rows = ShareCode.objects.filter(code=code, member__is_active=True, member__deleted_at=None)
    limit = values.get("share_code_weekly_limit")
    if limit:
        rows = rows.select_for_update(no_key=True, of=("self",))
    found = rows.select_related("member").first() if code else None
    if found is None:
        return None
    lately = Referral.objects.counted().filter(code=found, created_at__gt=timezone.now() - WEEK)
    mark = doubts.mark(request)
    if limit and lately.count() >= limit:
        return Referral.objects.create(code=found, member=user, state=State.OVER_CAP, mark=mark)
    doubt = doubts.found(found, user, mark)
    state = State.HELD if doubt else State.WAITING
    return Referral.objects.create(code=found, member=user, state=state, doubt=doubt, mark=mark)


def forget_marks(user) -> None:
    """The marks of a member who is purged: they stand for a network and a browser."""
    ShareCode.objects.filter(member=user).update(mark="")
    Referral.objects.filter(member=user).update(mark="")


def remember(request, user) -> None:
    """Where and with what a member last signed in, as a mark, to be compared with whom their code brings.

    It stands on their code, which is made for it: who signs out and signs up anew by it is the one who is looked for.
    """
    if user.is_staff:
        return
    mark = doubts.mark(request)
    ShareCode.objects.filter(pk=codes.of(user).pk).exclude(mark=mark).update(mark=mark)
