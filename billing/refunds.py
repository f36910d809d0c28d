"""Refunds that Stripe reports, booked against the lot of their top-up."""

from datetime import datetime

from django.db import transaction

from billing import stripe_api
from billing.models import DebtDecision, Refund, RefundRequest, TopUp
from billing.models.debt import note_debt
from billing.stripe_objects import ParentMissing, Quarantined, dollars, known, when
from ledger import posting
from ledger.models import Transaction
from memberships import money_back
from referrals import rewards


def apply_refund(refund: dict, at: datetime | None = None) -> None:
    """Book a refund whose money left Stripe's balance; give it back when it failed after all.

    Call inside a transaction. Acts on the refund's own id and amount, not on the charge's running total, so partial
    refunds add up whatever their order; an older state never overwrites a newer one.
    `at`, when Stripe said so, gives way to the refund's own time.
    Lifecycle: https://docs.stripe.com/refunds. Raises ParentMissing, Quarantined.
    """
    if invoice := money_back.invoice_of(refund):
        money_back.apply_refund(refund, invoice)
        RefundRequest.objects.hear(refund)
        return
    top_up = _top_up_of(refund)
    row = _row_of(refund, top_up)
    if _moved_money(refund):
        posted = posting.refund(
            top_up.member,
            row.amount,
            top_up_external_id=top_up.external_id,
            external_id=row.external_id,
            happened_at=row.created_at,
            note=f"Refund at Stripe{f' ({row.reason})' if row.reason else ''}",
        )
        note_debt(top_up.member, posted)
    if row.status in Refund.FINAL:
        _give_back(row)
    rewards.look_again(top_up.member, f"{row.external_id}:{row.status}")
    RefundRequest.objects.hear(refund)


def sync_refunds(charge_id: str) -> int:
    """List the refunds of a charge from Stripe and apply each; returns how many were applied.

    None for a payment that is not booked here: when it is, `fulfilment.complete` sees its refunds and comes back.
    """
    listed = list(stripe_api.listed("refunds", charge=charge_id))
    try:
        for refund in reversed(listed):
            with transaction.atomic():
                apply_refund(refund)
    except ParentMissing:
        return 0
    return len(listed)


def _top_up_of(refund: dict) -> TopUp:
    if refund["currency"] != "usd":
        raise Quarantined(f"Refunded in {refund['currency']}, not in usd.")
    rows = TopUp.objects.select_for_update(no_key=True)
    top_up = rows.filter(payment_intent_id=refund["payment_intent"] or "").first()
    if top_up is None or top_up.status != TopUp.Status.PAID:
        raise ParentMissing(f"The payment {refund['payment_intent']} is not booked here yet.")
    if not 0 < dollars(refund["amount"]) <= top_up.cash:
        raise Quarantined(f"Refunded {refund['amount']} cents of a payment of ${top_up.cash:.2f}.")
    return top_up


def _row_of(refund: dict, top_up: TopUp) -> Refund:
    known(refund["status"], Refund.Status)
    row, created = Refund.objects.get_or_create(
        stripe_id=refund["id"],
        defaults={
            "top_up": top_up,
            "amount": dollars(refund["amount"]),
            "status": refund["status"],
            "reason": refund["reason"] or "",
            "created_at": when(refund["created"]),
        },
    )
    if (row.top_up_id, row.amount) != (top_up.pk, dollars(refund["amount"])):
        raise Quarantined(f"The refund was one of {row.amount} of another payment, or of another amount.")
    if not created and Refund.RANK[refund["status"]] > Refund.RANK[row.status]:
        row.status = refund["status"]
        row.save(update_fields=["status"])
    return row


def _moved_money(refund: dict) -> bool:
    """Stripe takes a refund from its balance when it has a balance transaction, at once for cards."""
    return refund["status"] == Refund.Status.SUCCEEDED or bool(refund["balance_transaction"])


def _give_back(row: Refund) -> None:
    booked = Transaction.objects.filter(external_id=row.external_id).first()
    if booked is not None:
        note = f"The refund {row.get_status_display().lower()}"
        DebtDecision.objects.reopen_since(booked, reason="The refund failed after all")
        posted = posting.reverse(booked.pk, note=note, external_id=row.reversal_external_id)
        note_debt(row.top_up.member, posted)
