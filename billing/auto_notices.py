"""Mails about auto top-ups: what was charged, what failed, that a month is used up, and what others turned off."""

from datetime import date
from decimal import Decimal

from django.conf import settings

import tunables.values
from accounts import mail
from billing.models import AutoTopUp, AutoTopUpAttempt, TopUp


def tell_paid(auto: AutoTopUp, attempt: AutoTopUpAttempt, top_up: TopUp) -> None:
    """In the transaction that booked it, so once; `settled_at` of the attempt: it had been taken for failed."""
    facts = {"auto": auto, "top_up": top_up, "card": attempt.card, "after_all": attempt.settled_at}
    _write(top_up.member, "auto_paid", facts)


def tell_failed(auto: AutoTopUp, attempt: AutoTopUpAttempt, top_up: TopUp) -> None:
    """In the transaction that settled it, so once."""
    by_hand = f"{settings.BASE_URL}/me/credit/?amount={top_up.amount:.2f}#top-up"
    facts = {"auto": auto, "attempt": attempt, "top_up": top_up, "card": attempt.card, "by_hand": by_hand}
    facts["minutes"] = tunables.values.get("auto_topup_minutes_between")
    facts["is_last"] = auto.failures + 1 >= tunables.values.get("auto_topup_failures_before_off")
    _write(top_up.member, "auto_failed", facts)


def tell_cap(auto: AutoTopUp, month: date, cap: Decimal) -> None:
    """Once in a month; `auto` is locked. `cap`: the one in force, which may be less than the member's own."""
    if auto.cap_told_for != month:
        auto.cap_told_for = month
        auto.save(update_fields=["cap_told_for"])
        _write(auto.member, "auto_cap", {"auto": auto, "cap": cap, "is_own": cap == auto.monthly_cap})


def tell_turned_off(auto: AutoTopUp) -> None:
    """In the transaction in which staff turned it off."""
    _write(auto.member, "auto_turned_off", {"auto": auto})


def tell_card_gone(auto: AutoTopUp) -> None:
    """In the transaction that removed the card, as Stripe no longer has it; `auto` as it stood before."""
    _write(auto.member, "auto_card_gone", {"auto": auto})


def _write(member, name: str, facts: dict) -> None:
    if member.is_active and not member.deleted_at:
        context = {"member": member, "url": f"{settings.BASE_URL}{AutoTopUp.PAGE}", **facts}
        mail.send(member.email, f"billing/mail/{name}", context)
