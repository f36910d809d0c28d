"""What both get for a referral: granted credit, from the first paid top-up on and as long as its money stays.

Nothing is added up from events. `settle` looks at the ledger and brings the reward to where it should be, so whatever
arrives twice, late or in another order ends alike.
"""

from django.db import transaction
from django.utils import timezone

from audit.models import record
from jobs.models import Job
from ledger import posting
from ledger.models import Kind, Transaction
from referrals import doubts
from referrals.models import Referral
from tunables import values

State = Referral.State
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
    """Give the reward, take it back, or leave it as it is. Safe to repeat, and for several at once."""
    rows = Referral.objects.select_for_update(no_key=True, of=("self",)).select_related("code__member", "member")
    referral = rows.filter(member_id=member_id, state__in=LIVE).first()
    if referral is None:
        return
    payments = Transaction.objects.filter(member_id=member_id, kind=Kind.TOP_UP).order_by("id")
    referral.first_top_up = referral.first_top_up or payments.first()
    if referral.state == State.WAITING and referral.code.member_id in paid_as and not referral.decided_at:
        referral.state, referral.doubt = State.HELD, doubts.SAME_CARD
    if referral.first_top_up and referral.state != State.HELD:
        _follow_the_money(referral)
    referral.save()


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
    stays = not took_back.filter(reversals=None).exists()
    if referral.state == (State.REWARDED if stays else State.REVERSED):
        return
    referral.moved_at = timezone.now()
    posting.lock(*(person for _, person in _sides(referral)))
    if stays:
        _give(referral)
    else:
        _take_back(referral)


def _sides(referral) -> list[tuple[str, object]]:
    return [("sharer", referral.code.member), ("newcomer", referral.member)]


def _external_id(referral, side: str) -> str:
    return f"referral:{referral.pk}:{side}:{referral.times}"


def _give(referral) -> None:
    """The reward of today; after it was taken back, exactly what was taken."""
    taken = {side: _amount(f"{_external_id(referral, side)}:back") for side, _ in _sides(referral)}
    if not referral.times:
        referral.reward = values.get("referral_reward_usd")
    referral.times += 1
    referral.state = State.REWARDED
    for side, person in _sides(referral):
        amount = referral.reward if referral.times == 1 else taken[side]
        if amount and not person.deleted_at:
            posting.grant(person, amount, note="Referral reward", external_id=_external_id(referral, side))


def _take_back(referral) -> None:
    """What is left of it. What was spent is spent: a reward never becomes debt."""
    referral.state = State.REVERSED
    for side, person in _sides(referral):
        name = _external_id(referral, side)
        given = Transaction.objects.filter(external_id=name).first()
        if given is None:
            continue
        how = {"external_id": f"{name}:back", "note": "Referral reward taken back: the top-up was refunded"}
        try:
            posting.reverse(given.pk, **how)
        except posting.NotCovered:
            if left := given.lots.get().remaining:
                posting.adjust(person, -left, **how)


def _amount(external_id: str):
    found = Transaction.objects.filter(external_id=external_id).first()
    return abs(found.amount) if found else 0
