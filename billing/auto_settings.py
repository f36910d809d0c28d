"""What a member agrees to about auto top-ups, and its end: by themselves, or by staff with a reason."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.models import record
from billing import auto_notices
from billing.models import AutoTopUp
from ui.format import money

CONSENT = (
    "Poem Vision AI may charge this amount to my saved card, without asking me each time, whenever spending takes my "
    "credit below the threshold, up to the monthly cap. I can turn it off here at any time."
)


class NoCard(Exception):
    """There is no saved card to charge."""


@transaction.atomic
def agree(member: User, *, threshold: Decimal, amount: Decimal, monthly_cap: Decimal) -> AutoTopUp:
    """Turn it on, or on with other sums. The same again changes nothing. Raises NoCard."""
    auto = AutoTopUp.objects.select_for_update(no_key=True).filter(member=member).exclude(payment_method_id="").first()
    if auto is None:
        raise NoCard("Save a card first.")
    wanted = {"threshold": threshold, "amount": amount, "monthly_cap": monthly_cap}
    if auto.is_on and all(getattr(auto, name) == value for name, value in wanted.items()):
        return auto
    before = auto.summary()
    for name, value in wanted.items():
        setattr(auto, name, value)
    auto.is_on, auto.failures, auto.cap_told_for = True, 0, None
    auto.consented_at = auto.changed_at = timezone.now()
    sums = f"Threshold {money(threshold)}, amount {money(amount)}, monthly cap {money(monthly_cap)}, {auto.card}."
    auto.consent = f"{CONSENT} {sums}"
    auto.save()
    record(member, "auto_top_up.agreed", member, before=before, after=auto.summary(), note=auto.consent[:500])
    return auto


@transaction.atomic
def turn_off(member: User, *, by: User, reason: str = "") -> bool:
    """Nothing is charged by itself any more; an attempt that is under way goes on. False when it was off.

    A member whom staff did it to gets a mail, without the reason.
    """
    auto = AutoTopUp.objects.select_for_update(no_key=True).filter(member=member, is_on=True).first()
    if auto is None:
        return False
    before = auto.summary()
    auto.is_on, auto.changed_at = False, timezone.now()
    auto.off_because = AutoTopUp.Off.MEMBER if by.pk == member.pk else AutoTopUp.Off.STAFF
    auto.save(update_fields=["is_on", "off_because", "changed_at"])
    record(by, "auto_top_up.turned_off", member, before=before, after=auto.summary(), note=reason)
    if auto.off_because == AutoTopUp.Off.STAFF:
        auto_notices.tell_turned_off(auto)
    return True
