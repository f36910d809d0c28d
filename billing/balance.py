"""Stripe's list of balance transactions, kept here, and what Stripe takes or gives by itself, booked from it."""

import time
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from billing import stripe_api
from billing.models import BalanceListing, BalanceTransaction
from billing.stripe_objects import book_fee, dollars, move, when

PAGE = 100
OVERLAP = timezone.timedelta(hours=2)  # a movement may be listed late
NEVER = datetime.max.replace(tzinfo=UTC)
PAYMENTS = ("charge", "payment")
# What Stripe books of its own accord, and the account on the other side. https://docs.stripe.com/reports/balance-transaction-types
OWN = {
    "stripe_fee": "stripe_fees",
    "stripe_fx_fee": "stripe_fees",
    "tax_fee": "stripe_fees",
    "application_fee": "stripe_fees",
    "contribution": "stripe_fees",
    "adjustment": "stripe_fees",  # but those of disputes
    "topup": "bank",
    "topup_reversal": "bank",
}
DISPUTED = ("dispute", "dispute_reversal")


class Unfinished(Exception):
    """The time of this slice is over; what was done is kept, and the next call goes on from there."""


def fetch_new(*, say=lambda found: None, deadline: float | None = None) -> BalanceListing:
    """List what Stripe's balance did since the last complete listing; what was listed halfway goes on where it was.

    Outside a transaction: it calls Stripe. Twice at once or again is harmless: a row is stored once. `say` is told how
    many were new so far. Raises Unfinished after `deadline` (of time.monotonic), and the errors of `stripe_api.call`.
    """
    listing = BalanceListing.objects.filter(finished_at=None).first() or begin(NEVER)
    while True:
        page = stripe_api.call("balance_transactions", "list", _wanted(listing))
        _keep(listing, page)
        if listing.finished_at:
            return listing
        say(listing.found)
        if deadline is not None and time.monotonic() > deadline:
            raise Unfinished(f"{listing.found} balance transactions are listed so far.")


def begin(since: datetime | None) -> BalanceListing:
    """A listing for `fetch_new`: from `since` (None: the very first row), at the latest from where the last ended."""
    last = BalanceListing.objects.exclude(finished_at=None).first()
    known = last and last.started_at - OVERLAP
    return BalanceListing.objects.create(since=since and known and min(since, known))


def book_own(row: BalanceTransaction) -> None:
    """Book a movement that no payment, refund, dispute or payout of ours stands behind."""
    counter = OWN[row.type]
    kind = "fee" if counter == "stripe_fees" else "transfer"
    note = row.payload.get("description") or row.type.replace("_", " ").capitalize()
    move(kind, counter, row.amount, external_id=row.external_id, happened_at=row.created, note=note)


def is_own(row: BalanceTransaction) -> bool:
    """Whether `book_own` is for it."""
    return row.type in OWN and not (row.type == "adjustment" and row.category in DISPUTED)


def _wanted(listing: BalanceListing) -> dict:
    wanted: dict = {"limit": PAGE, "expand": ["data.source"]}
    if listing.since:
        wanted["created"] = {"gte": int(listing.since.timestamp())}
    if listing.cursor:
        wanted["starting_after"] = listing.cursor
    return wanted


@transaction.atomic
def _keep(listing: BalanceListing, page: dict) -> None:
    """One page and where it ends, in one transaction: whatever dies, nothing between two pages is left out."""
    rows = [_row(txn) for txn in page["data"]]
    known = set(
        BalanceTransaction.objects.filter(txn_id__in=[row.txn_id for row in rows]).values_list("txn_id", flat=True)
    )
    new = [row for row in rows if row.txn_id not in known]
    BalanceTransaction.objects.bulk_create(new, ignore_conflicts=True)
    for row in new:
        _book_what_stripe_took(row)
    listing.found += len(new)
    if rows:
        listing.cursor = rows[-1].txn_id
    if not page["has_more"]:
        listing.finished_at = timezone.now()
    listing.save(update_fields=["found", "cursor", "finished_at"])


def _book_what_stripe_took(row: BalanceTransaction) -> None:
    """At once what nothing else tells of; a payment's fee is booked with its receipt (`fulfilment.complete`)."""
    if row.currency != "usd":
        return
    if is_own(row) and row.amount:
        book_own(row)
    if row.fee and row.type not in PAYMENTS:
        book_fee(row.payload, row.fee_note)


def _row(txn: dict) -> BalanceTransaction:
    source = txn["source"] or {}
    if isinstance(source, str):
        source = {"id": source}
    id_ = source.get("id") or ""
    return BalanceTransaction(
        txn_id=txn["id"],
        type=txn["type"],
        category=txn["reporting_category"],
        source=id_,
        charge=id_ if source.get("object") == "charge" else source.get("charge") or "",
        payment_intent=source.get("payment_intent") or "",
        amount=dollars(txn["amount"]),
        fee=dollars(txn["fee"]),
        net=dollars(txn["net"]),
        currency=txn["currency"],
        created=when(txn["created"]),
        available_on=when(txn["available_on"]),
        payload={**txn, "source": id_ or None},
    )
