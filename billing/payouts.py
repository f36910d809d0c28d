"""Payouts: what left Stripe's balance for the bank, and what the bank sent back."""

from datetime import datetime

from django.db import transaction

from alerts.models import raise_alert
from billing import stripe_api
from billing.models import Payout
from billing.stripe_objects import Quarantined, dollars, known, move, when
from ledger import posting
from ui.format import money


def apply_payout(payout: dict, at: datetime | None = None) -> None:
    """Book a payout once; give it back when it failed or was canceled. Events may repeat, in whatever order.

    Call inside a transaction. `at`, when Stripe said so, gives way to the payout's own time.
    Lifecycle: https://docs.stripe.com/api/payouts/object#payout_object-status. Raises Quarantined.
    """
    if payout["currency"] != "usd":
        raise Quarantined(f"Paid out in {payout['currency']}, not in usd.")
    row = _row_of(payout)
    if not payout["balance_transaction"] and row.status == Payout.Status.PENDING:
        return  # Stripe's balance has not moved yet
    facts = {"external_id": row.external_id, "happened_at": row.created_at, "note": "Payout to the bank"}
    booked = move("payout", "bank", -row.amount, **facts)
    if row.status in Payout.RETURNED:
        note = f"The payout {row.get_status_display().lower()}"
        posting.reverse(booked.transaction_id, note=note, external_id=row.reversal_external_id)


def sync_payout(payout_id: str) -> None:
    """Ask Stripe how a payout stands and apply it. Outside a transaction."""
    payout = stripe_api.call("payouts", "retrieve", payout_id)
    with transaction.atomic():
        apply_payout(payout)


def _row_of(payout: dict) -> Payout:
    """The locked row; an older state never overwrites a newer one."""
    known(payout["status"], Payout.Status)
    row, created = Payout.objects.select_for_update(no_key=True).get_or_create(
        stripe_id=payout["id"],
        defaults={
            "amount": dollars(payout["amount"]),
            "status": payout["status"],
            "automatic": payout["automatic"],
            "failure": payout["failure_message"] or "",
            "created_at": when(payout["created"]),
            "arrives_at": when(payout["arrival_date"]),
        },
    )
    newer = not created and Payout.RANK[payout["status"]] > Payout.RANK[row.status]
    if newer:
        row.status, row.failure = payout["status"], payout["failure_message"] or ""
        row.save(update_fields=["status", "failure"])
    if (created or newer) and row.status == Payout.Status.FAILED:
        _alert(row)
    return row


def _alert(row: Payout) -> None:
    raise_alert(
        f"billing.payout.{row.stripe_id}",
        f"A payout of {money(row.amount)} did not reach the bank",
        f"{row.failure} The money is back on Stripe’s balance. Check the bank account at Stripe.",
        severity="bad",
        url="/admin/billing/reconciliation/",
    )
