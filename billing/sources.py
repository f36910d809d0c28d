"""What each kind of balance transaction is in our books, who should have told us of it, and what puts it right.

A repair fetches the object from Stripe and runs the very function that its webhook would have run: it can only do what
should have happened, any number of times, and never takes a figure from a person.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from billing import auto_payments, balance, disputes, fulfilment, payouts, refunds, stripe_api
from billing.models import BalanceTransaction, TopUp
from billing.stripe_objects import book_fee
from memberships import invoice_events
from memberships.models import Invoice


class CannotRepair(Exception):
    """No machine may do this; the text tells a person what to look at."""


@dataclass(frozen=True)
class Source:
    """One kind of movement. `{}` in `booked_as`, the ledger's name for it, is the id that `object` tells: of the row's
    source, of the Checkout Session behind it (the payment itself, where there is none), or the row's own. `category`
    is given where the types do not suffice."""

    name: str
    types: tuple[str, ...]
    booked_as: str = ""
    events: tuple[str, ...] = ()
    repair: Callable[[BalanceTransaction], object] | None = None
    category: str = ""
    object: str = "source"

    def object_id(self, row: BalanceTransaction) -> str:
        """The id of the object that Stripe's events about this row name."""
        if self.object == "session":
            paid_by = {"payment_intent_id": row.payment_intent or None}
            if invoice := Invoice.objects.filter(**paid_by).first():
                return invoice.stripe_id
            top_up = TopUp.objects.filter(**paid_by).first()
            return (top_up and (top_up.session_id or top_up.payment_intent_id)) or ""
        return row.txn_id if self.object == "id" else row.source


def _payment(row: BalanceTransaction) -> None:
    """Find the Checkout Session of the payment, book it if it is paid, then its receipt and fee."""
    if not row.payment_intent:
        raise CannotRepair("Nothing of ours asked for this payment: it was made by other means on this Stripe account.")
    if (top_up := _paid(row)) is None and invoice_events.catch_up(row.payment_intent, row.created):
        return
    if top_up is None:
        sessions = stripe_api.call("checkout.sessions", "list", {"payment_intent": row.payment_intent})["data"]
        if not sessions and not auto_payments.catch_up(row.payment_intent, row.created):
            raise CannotRepair("No Checkout Session stands behind this payment: it was made elsewhere on this account.")
        with transaction.atomic():
            for session in sessions[:1]:
                fulfilment.apply_session(session, row.created)
        top_up = _paid(row)
    if top_up:
        fulfilment.complete(top_up)


def repair_fee(row: BalanceTransaction) -> None:
    """What Stripe took: with the receipt of its payment, or by itself."""
    top_up = _paid(row) if row.type in balance.PAYMENTS else None
    if top_up:
        fulfilment.complete(top_up)
    elif invoice := Invoice.objects.filter(payment_intent_id=row.payment_intent or None).first():
        invoice_events.look_at_payment(invoice)
    else:
        book_fee(row.payload, row.fee_note)


def _paid(row: BalanceTransaction) -> TopUp | None:
    return TopUp.objects.filter(payment_intent_id=row.payment_intent, status=TopUp.Status.PAID).first()


def _refund(row: BalanceTransaction) -> None:
    if not refunds.sync_refunds(row.charge):
        raise CannotRepair("The payment that was refunded is not booked here; repair that one first.")


def _dispute(row: BalanceTransaction) -> None:
    if not disputes.sync_disputes(row.charge):
        raise CannotRepair("The payment that is disputed is not booked here; repair that one first.")


def _payout(row: BalanceTransaction) -> None:
    payouts.sync_payout(row.source)


PAYOUT_BACK = ("payout.failed", "payout.canceled", "payout.updated")
REFUND_BACK = ("refund.failed", "refund.updated", "charge.refund.updated")
WON = ("charge.dispute.funds_reinstated", "charge.dispute.closed")
SOURCES = (
    Source(
        "payment",
        balance.PAYMENTS,
        "stripe:checkout.session:{}",
        events=(
            "checkout.session.completed",
            "checkout.session.async_payment_succeeded",
            "invoice.paid",
            "payment_intent.succeeded",
        ),
        repair=_payment,
        object="session",
    ),
    Source("failed payment", ("payment_failure_refund",)),
    Source(
        "refund",
        ("refund", "payment_refund"),
        "stripe:refund:{}",
        events=("refund.created", *REFUND_BACK),
        repair=_refund,
    ),
    Source("failed refund", ("refund_failure",), "stripe:refund:{}:failed", events=REFUND_BACK, repair=_refund),
    Source(
        "dispute",
        ("adjustment",),
        "stripe:dispute:{}",
        events=("charge.dispute.funds_withdrawn", "charge.dispute.created", "charge.dispute.updated", *WON),
        repair=_dispute,
        category="dispute",
    ),
    Source(
        "won dispute",
        ("adjustment",),
        "stripe:dispute:{}:reinstated",
        events=WON,
        repair=_dispute,
        category="dispute_reversal",
    ),
    Source(
        "payout",
        ("payout",),
        "stripe:payout:{}",
        events=("payout.created", "payout.paid", *PAYOUT_BACK),
        repair=_payout,
    ),
    Source(
        "failed payout",
        ("payout_failure", "payout_cancel"),
        "stripe:payout:{}:failed",
        events=PAYOUT_BACK,
        repair=_payout,
    ),
    Source("own", tuple(balance.OWN), "stripe:balance_transaction:{}", repair=balance.book_own, object="id"),
)


def source_of(row: BalanceTransaction) -> Source | None:
    """The kind of a row; None for one that nothing here knows."""
    fitting = [source for source in SOURCES if row.type in source.types and source.category in ("", row.category)]
    return max(fitting, key=lambda source: source.category, default=None)
