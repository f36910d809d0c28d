"""What both get for a referral: granted credit, from the first paid top-up on and as long as its money stays.

Nothing is added up from events. `settle` looks at the ledger and brings the reward to where it should be, so whatever
arrives twice, late or in another order ends alike.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from audit.models import record
from jobs.models import Job
from ledger import posting
from ledger.models import Kind, Lot, Transaction
from ledger.queries import ZERO
from referrals import doubts
from referrals.models import Referral
from tunables import values

State = Referral.State
SIDES = ("sharer", "newcomer")
HELD_AT_MOST = timedelta(days=7)  # longer than any work for which credit is set aside
LIVE = (State.WAITING, State.HELD, State.REWARDED, State.REVERSED)


def look_again(member, cause: str, *, paid_as=()) -> None:
    """Money of `member` moved: if somebody brought them, a job settles the reward.

    Called by billing in the transaction that booked it. `paid_as` are the other members whose card it was.
    """
    if Referral.objects.filter(member=member, state__in=LIVE).exists():
        payload = {"member": member.pk, "paid_as": list(paid_as)}
        Job.enqueue("referrals.settle", payload, dedupe_key=f"referrals.settle:{cause}")


@transaction.atomic
def settle(member_id: int, *, paid_as=()) -> None:
    """Give the reward, take it back, or leave it as it is. Safe to repeat, and for several at once.

    Nothing moves before the member's address is confirmed: until then the sign-up has not counted (attribution.py).
    """
    rows = Referral.objects.select_for_update(no_key=True, of=("self",)).select_related("code__member", "member")
    referral = rows.filter(member_id=member_id, state__in=LIVE).first()
    if referral is None:
        return
    payments = Transaction.objects.filter(member_id=member_id, kind=Kind.TOP_UP)
    referral.first_top_up = payments.order_by("happened_at", "external_id").first()  # whichever was heard of first
    if referral.state == State.WAITING and referral.code.member_id in paid_as and not referral.decided_at:
        referral.state, referral.doubt = State.HELD, doubts.SAME_CARD
    if referral.first_top_up and referral.state != State.HELD and not referral.member.awaits_welcome:
        _follow_the_money(referral)
    referral.save()


def left_over() -> list[int]:
    """Members whose reward was taken back lately, and of which something is there again: it was held meanwhile."""
    lately = Referral.objects.filter(state=State.REVERSED, moved_at__gte=timezone.now() - HELD_AT_MOST)
    named = {_external_id(referral, side): referral.member_id for referral in lately for side in SIDES}
    there = Lot.objects.filter(transaction__external_id__in=list(named), remaining__gt=0)
    return sorted({named[name] for name in there.values_list("transaction__external_id", flat=True)})


def release(referral, *, by) -> bool:
    """Staff see no fault: it goes on as any other, at once if the top-up is paid already. False when decided before."""
    return _decide(referral, State.WAITING, (State.HELD, State.REFUSED), "referral.released", by)


def refuse(referral, *, by) -> bool:
    """Staff refuse the reward. It can be released later."""
    return _decide(referral, State.REFUSED, (State.HELD,), "referral.refused", by)


@transaction.atomic
def _decide(referral, state: str, from_: tuple, verb: str, by) -> bool:
    now = Referral.objects.select_for_update(no_key=True).filter(pk=referral.pk, state__in=from_).first()
    if now is None:
        return False
    before, now.state, now.decided_by, now.decided_at = now.state, state, by, timezone.now()
    now.save(update_fields=["state", "decided_by", "decided_at"])
    record(by, verb, now, before={"state": before}, after={"state": state}, note=now.doubt)
    settle(now.member_id)
    return True


def _follow_the_money(referral) -> None:
    took_back = Transaction.objects.filter(about=referral.first_top_up, kind__in=(Kind.REFUND, Kind.DISPUTE))
    before, stays = referral.state, not took_back.filter(reversals=None).exists()
    if stays and before == State.REWARDED:
        return
    referral.state = State.REWARDED if stays else State.REVERSED
    referral.moved_at = referral.moved_at if before == referral.state else timezone.now()
    posting.lock(referral.code.member, referral.member)
    if stays:
        _give(referral)
    else:
        _take_back(referral, referral.reward, "Referral reward taken back: the top-up that earned it was refunded")


def _external_id(referral, side: str) -> str:
    return f"referral:{referral.pk}:{side}:{referral.times}"


def _give(referral) -> None:
    """The reward of today, to whom is not deleted; of what was taken back, exactly that."""
    if not referral.times:
        referral.reward, referral.times = values.get("referral_reward_usd"), 1
    _take_back(referral, ZERO, "Referral reward given again: the money of the top-up came back")
    for side, person in zip(SIDES, (referral.code.member, referral.member), strict=True):
        name = _external_id(referral, side)
        if referral.reward and not person.deleted_at and not Transaction.objects.filter(external_id=name).exists():
            posting.grant(person, referral.reward, note="Referral reward", external_id=name)


def _take_back(referral, amount, note: str) -> None:
    """Of what each got `amount` in all, as far as it is left. What was spent is spent: a reward never becomes debt.

    Who is purged has no credit any more, and gets none back.
    """
    names = [_external_id(referral, side) for side in SIDES]
    for given in Transaction.objects.filter(external_id__in=names, member__purged_at=None):
        times = Transaction.objects.filter(about=given).count() + 1
        posting.take_back(given.external_id, amount, external_id=f"{given.external_id}:{times}", note=note)
