"""Stripe's own total beside the ledger's account `stripe`. Reconciliation explains a difference row by row."""

import logging
import time
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from billing import balance, matching, stripe_api, totals
from billing.models import StripeEvent, TopUp
from billing.stripe_objects import dollars
from ledger.queries import account_balance
from selfcheck.models import Result
from ui.format import money

log = logging.getLogger("selfcheck")
PATIENCE = 60  # seconds for what is new in the list
ON_ITS_WAY = timedelta(days=1)  # what has waited longer explains nothing any more


def compare() -> tuple[str, str, tuple[str, ...]]:
    """(result, summary, examples). Outside a transaction: it calls Stripe."""
    before = account_balance("stripe")
    try:
        answer = stripe_api.call("balance", "retrieve")
    except stripe_api.NotConfigured as error:
        return Result.UNKNOWN, str(error), ()
    except stripe_api.Unreachable as error:
        return Result.UNKNOWN, f"{error} The ledger says {money(before)}. Check again when it answers.", ()
    except stripe_api.Rejected as error:
        return Result.UNKNOWN, f"Stripe refuses to tell its balance: {error}", ()
    booked = account_balance("stripe")
    held, foreign = _sums(answer)
    if foreign:
        words = f"Stripe also holds {', '.join(foreign)}; the ledger keeps US dollars only."
        return Result.BAD, _totals(held, booked), (words,)
    if held in (before, booked):  # something may have been booked between the two questions
        _close_difference()
        return Result.GOOD, _totals(held, held), ()
    try:
        return _explained(held, booked)
    except (stripe_api.Unreachable, stripe_api.Rejected, balance.Unfinished) as error:
        return Result.UNKNOWN, f"{_totals(held, booked)} What explains it could not be listed: {error}", ()


def _close_difference() -> None:
    """What Reconciliation found between Stripe's total and its list ends, with its alert, as soon as it is gone."""
    if not totals.is_off():
        return
    try:
        totals.compare()
    except (stripe_api.Unreachable, stripe_api.Rejected) as error:
        log.warning("The difference of Stripe's total stays open until the next reconciliation: %s", error)
    matching.match()


def _sums(answer: dict) -> tuple[Decimal, list[str]]:
    """The dollars, and the other currencies in words."""
    parts = [*answer["available"], *answer["pending"]]
    foreign = sorted({part["currency"].upper() for part in parts if part["amount"] and part["currency"] != "usd"})
    return dollars(sum(part["amount"] for part in parts if part["currency"] == "usd")), foreign


def _totals(held: Decimal, booked: Decimal) -> str:
    apart = f"{money(abs(held - booked))} {'more' if held > booked else 'less'} at Stripe"
    return f"Stripe {money(held)}, ledger {money(booked)}: {apart if held != booked else 'the same'}."


def _explained(held: Decimal, booked: Decimal):
    """A difference is no fault while something that would move it is still on its way to the ledger."""
    waiting = _on_its_way() or _too_young()
    if waiting:
        return Result.UNKNOWN, f"{_totals(held, booked)} Still on its way: {' and '.join(waiting)}.", ()
    return Result.BAD, _totals(held, booked), ("Nothing is on its way that would explain the difference.",)


def _too_young() -> list[str]:
    """Movements that Reconciliation, too, still expects to be told of: it knows the newest of Stripe's list now."""
    balance.fetch_new(deadline=time.monotonic() + PATIENCE)
    matched = matching.match()
    what = "1 movement" if matched.waiting == 1 else f"{matched.waiting} movements"
    return [f"{what} of the last minutes"] if matched.waiting and not matching.unexplained() else []


def _on_its_way() -> list[str]:
    since = timezone.now() - ON_ITS_WAY
    events = StripeEvent.objects.filter(state__in=StripeEvent.OPEN, received_at__gte=since).count()
    fees = TopUp.objects.filter(status=TopUp.Status.PAID, fee=None, paid_at__gte=since).count()
    found = [(events, "event to apply", "events to apply"), (fees, "fee to book", "fees to book")]
    return [f"{number} {one if number == 1 else many}" for number, one, many in found if number]
