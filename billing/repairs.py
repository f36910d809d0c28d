"""Putting a difference right: what should have happened is done now. Whether it is right then, only a match says."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.models import record
from billing import backfill, balance, matching, sources, stripe_api, stripe_events, totals
from billing.models import Difference, StripeEvent
from billing.sources import CannotRepair, source_of
from billing.stripe_objects import UNREADABLE, ParentMissing, Quarantined
from jobs.models import Job
from ledger.posting import LedgerError

log = logging.getLogger("billing")
Kind = Difference.Kind
AROUND = timedelta(days=1)  # what belongs to one act carries about the same time
REFUSALS = (CannotRepair, Quarantined, ParentMissing, LedgerError, stripe_api.Rejected)


def repair(difference: Difference, *, by=None) -> bool:
    """Try it; False when it was refused, and the difference then tells why. Outside a transaction; twice is harmless.

    Raises stripe_api.Unreachable and balance.Unfinished: again later.
    """
    error = ""
    try:
        _act(difference)
    except REFUSALS as refusal:
        error = str(refusal)
    except UNREADABLE as unreadable:
        log.exception("Difference %s could not be repaired", difference.pk)
        error = f"It could not be read or booked: {type(unreadable).__name__}: {unreadable}"
    tried = {"repairs": F("repairs") + 1, "tried_at": timezone.now(), "repaired_by": by, "error": error}
    Difference.objects.filter(pk=difference.pk).update(**tried)
    return not error


def ask_repair(differences, *, by) -> int:
    """A person's repairs as one job: audited now, done in the background, matched afterwards. How many it will try.

    Twice, or at once: what is being repaired already is left alone.
    """
    with transaction.atomic():
        found = differences.open().filter(kind__in=ACTS).select_for_update(no_key=True).order_by("happened_at", "pk")
        wanted = [one for one in found if not one.is_being_repaired]  # judged once they are locked
        Difference.objects.filter(pk__in=[one.pk for one in wanted]).update(asked_at=timezone.now())
        for difference in wanted:
            what = {"kind": difference.kind, "subject": difference.subject, "amount": difference.amount}
            record(by, "difference.repair_asked", difference, after=what)
        if wanted:
            Job.enqueue("billing.repair_differences", {"differences": [one.pk for one in wanted], "by": by.pk})
    return len(wanted)


def repair_all(numbers: list[int], *, by, since, deadline: float, say=lambda done, total, note: None) -> None:
    """Repair these, each once after `since`, and match again. Raises balance.Unfinished past the deadline."""
    mine = Difference.objects.filter(pk__in=numbers)
    for difference in mine.open().exclude(tried_at__gte=since).in_order():
        if time.monotonic() > deadline:
            matching.match()
            raise balance.Unfinished("Repairs go on.")
        say(mine.filter(tried_at__gte=since).count(), len(numbers), str(difference))
        repair(difference, by=by)
    matching.match()
    say(len(numbers), len(numbers), "Matched again")


def _act(difference: Difference) -> None:
    if difference.kind not in ACTS:
        raise CannotRepair(ADVICE[difference.kind])
    ACTS[difference.kind](difference)


def _missing_in_ledger(difference: Difference) -> None:
    row = difference.balance_transaction
    source = source_of(row)
    if source is None or source.repair is None:
        raise CannotRepair(f"Nothing here books a balance transaction of type {row.type}. Tell the developers.")
    source.repair(row)


def _fee_missing(difference: Difference) -> None:
    sources.repair_fee(difference.balance_transaction)


def _missing_at_stripe(difference: Difference) -> None:
    balance.begin(difference.happened_at - AROUND)
    balance.fetch_new()


def _stripe_total(difference: Difference) -> None:
    balance.begin(None)
    balance.fetch_new()
    totals.compare()


def _event_not_applied(difference: Difference) -> None:
    row = difference.balance_transaction
    source = source_of(row)
    found = StripeEvent.objects.filter(object_id=source.object_id(row), type__in=source.events)
    if not found.exists():
        backfill.fetch_between(row.created - AROUND, row.created + AROUND)
    for event in found.exclude(state=StripeEvent.State.APPLIED).order_by("created", "pk"):
        applied = stripe_events.apply_event(event.pk)
        if applied.state != StripeEvent.State.APPLIED:
            raise CannotRepair(applied.error)
    if not found.exists():
        raise CannotRepair("Stripe lists no such event. The money is booked all the same.")


ACTS: dict[str, Callable[[Difference], object]] = {
    Kind.MISSING_IN_LEDGER: _missing_in_ledger,
    Kind.FEE_MISSING: _fee_missing,
    Kind.EVENT_NOT_APPLIED: _event_not_applied,
    Kind.MISSING_AT_STRIPE: _missing_at_stripe,
    Kind.STRIPE_TOTAL: _stripe_total,
}
BY_ITSELF = (Kind.MISSING_IN_LEDGER, Kind.FEE_MISSING, Kind.EVENT_NOT_APPLIED)  # the others only list what was listed
LABELS = {
    Kind.MISSING_IN_LEDGER: "Book it",
    Kind.FEE_MISSING: "Book the fee",
    Kind.EVENT_NOT_APPLIED: "Apply it",
    Kind.MISSING_AT_STRIPE: "Look again at Stripe",
    Kind.STRIPE_TOTAL: "List all again",
}
ADVICE = {
    Kind.AMOUNTS_DIFFER: "The ledger is never changed. Compare both rows; a correction is a transaction of its own.",
    Kind.OTHER_CURRENCY: "Only US dollars can be booked. Set the account to settle in US dollars at Stripe.",
    Kind.MISSING_AT_STRIPE: "Booked here, but Stripe’s balance never moved. If it stays, correct it by hand.",
}
