"""Whose code brought a sign-up, within the cap of the week."""

from datetime import datetime, timedelta

from django.utils import timezone

from referrals import codes, doubts, rewards
from referrals.models import Referral, ShareCode
from tunables import values

WEEK = timedelta(days=7)
State = Referral.State


def attribute(request, user, code: str, *, awaits: bool) -> Referral | None:
    """Note that `code` brought `user`; beyond the cap only that it would have. None where it is nobody's.

    Called by registration, last in its transaction. Where the account still `awaits` that its address is confirmed,
    nothing of the cap is used up before: it would tell whoever watches their own code whose address is new here.
    """
    found = _lock(code=code, member__is_active=True, member__deleted_at=None) if code else None
    if found is None:
        return None
    mark = doubts.mark(request)
    if not awaits and _is_used_up(found, timezone.now()):
        return Referral.objects.create(code=found, member=user, state=State.OVER_CAP, mark=mark)
    doubt = doubts.found(found, user, mark)
    state = State.HELD if doubt else State.WAITING
    return Referral.objects.create(code=found, member=user, state=state, doubt=doubt, mark=mark)


def confirmed(user) -> None:
    """The address of who was brought is theirs: from now on it counts, within the cap or beyond it, and so does money.

    Called once in the life of an account, in the transaction that confirms the address.
    """
    open_ones = Referral.objects.filter(member=user, state__in=(State.WAITING, State.HELD), decided_at=None)
    came = open_ones.first()
    if came and _is_used_up(_lock(pk=came.code_id), came.created_at, besides=came):
        open_ones.update(state=State.OVER_CAP, doubt="")  # unless staff have decided, or do just now
    rewards.look_again(user, f"confirmed:{user.pk}")


def _lock(**code) -> ShareCode | None:
    """The code; under a cap its row is locked, so that of sign-ups at once no more get in than may."""
    rows = ShareCode.objects.filter(**code).select_related("member")
    if values.get("share_code_weekly_limit"):
        rows = rows.select_for_update(no_key=True, of=("self",))
    return rows.first()


def _is_used_up(code: ShareCode, at: datetime, *, besides: Referral | None = None) -> bool:
    """Whether others who count fill a week in which a sign-up lies: who confirms late neither gains nor loses by it."""
    limit = values.get("share_code_weekly_limit")
    if not limit:
        return False
    near = {"code": code, "member__awaits_welcome": False, "created_at__range": (at - WEEK, at + WEEK)}
    others = Referral.objects.counted().filter(**near).exclude(pk=besides and besides.pk).order_by("created_at")
    times = list(others.values_list("created_at", flat=True))
    return any(max(last, at) - min(first, at) <= WEEK for first, last in zip(times, times[limit - 1 :], strict=False))


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
