"""Refunds and disputes of what was paid for Premium. Both come from Stripe, as those of top-ups do.

The cash is booked here, once; what that takes back of revenue, tax and included credit follows in `recognition`.
"""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

import tunables.values
from accounts import mail
from billing.models import Refund
from billing.stripe_objects import Quarantined, book_fee, dollars, known, move, when
from ledger import posting
from ledger.models import Kind, Transaction
from memberships import recognition
from memberships.dunning import FRESH
from memberships.models import Invoice, MoneyBack
from ui.format import money

KINDS = {MoneyBack.Kind.REFUND: Kind.PREMIUM_REFUND, MoneyBack.Kind.DISPUTE: Kind.PREMIUM_DISPUTE}


def invoice_of(thing: dict) -> Invoice | None:
    """The paid invoice behind a refund, a dispute or a warning, locked; None where it is a top-up's, or nobody's."""
    intent = thing.get("payment_intent")
    rows = Invoice.objects.select_for_update(no_key=True, of=("self",)).select_related("member")
    return rows.filter(payment_intent_id=intent, paid_at__isnull=False).first() if intent else None


def apply_refund(refund: dict, invoice: Invoice) -> None:
    """Book a refund whose money left Stripe; give it back when it failed after all. Safe to repeat, in any order."""
    known(refund["status"], Refund.Status)
    row = _row_of(MoneyBack.Kind.REFUND, refund, invoice, dollars(refund["amount"]))
    was_booked = row.is_booked
    if Refund.RANK[refund["status"]] > Refund.RANK[row.status]:
        row.status = refund["status"]
    if refund["status"] == Refund.Status.SUCCEEDED or refund["balance_transaction"]:
        _take(row, row.created_at)
    if row.status in Refund.FINAL:
        _give_back(row, "The refund failed")
    row.save()
    if row.holds and not was_booked:
        _tell_member(row)
    recognition.recognise(invoice)


def _tell_member(back: MoneyBack) -> None:
    """In the transaction that booked it, so once; not of what is heard long after."""
    member = back.invoice.member
    if member.deleted_at or back.created_at < timezone.now() - FRESH:
        return
    facts = {"member": member, "back": back, "invoice": back.invoice, "url": f"{settings.BASE_URL}/me/payments/"}
    facts["support_email"] = tunables.values.get("support_email")
    mail.send(member.email, "memberships/mail/refunded", facts)


def apply_dispute(dispute: dict, invoice: Invoice, movements: list[dict]) -> None:
    """Book what the bank withdrew and what it gave back, each once. Raises Quarantined for a part given back."""
    for movement in movements:
        amount = dollars(movement["amount"])
        row = _row_of(MoneyBack.Kind.DISPUTE, dispute, invoice, abs(amount))
        if amount < 0:
            _take(row, when(movement["created"]))
        elif not row.is_booked:
            raise Quarantined(f"The bank gave back {money(amount)}, which is not what it had withdrawn.")
        else:
            _give_back(row, "The dispute was won", when(movement["created"]))
        row.status = "reinstated" if row.is_given_back else "withdrawn"
        row.save()
        book_fee(movement, f"Stripe's fee for the dispute {row.stripe_id}")
    recognition.recognise(invoice)


def _row_of(kind: str, told: dict, invoice: Invoice, amount: Decimal) -> MoneyBack:
    if told["currency"] != "usd" or not 0 < amount <= invoice.cash:
        raise Quarantined(f"{money(amount)} ({told['currency']}) of a payment of {money(invoice.cash)}.")
    row, _ = MoneyBack.objects.get_or_create(
        stripe_id=told["id"],
        defaults={
            "invoice": invoice,
            "kind": kind,
            "amount": amount,
            "status": told["status"],
            "reason": told["reason"] or "",
            "created_at": when(told["created"]),
        },
    )
    if (row.invoice_id, row.amount) != (invoice.pk, amount):
        raise Quarantined(f"{row.stripe_id} was one of {money(row.amount)} of another payment, or of another amount.")
    return row


def _take(row: MoneyBack, at: datetime) -> None:
    if row.is_booked:
        return
    row.is_booked, row.taken_at = True, at
    note = f"Premium, invoice {row.invoice.number or row.invoice.stripe_id}: {row.get_kind_display().lower()}"
    facts = {"external_id": row.external_id, "service": "premium", "happened_at": at, "note": note}
    move(KINDS[row.kind], recognition.DEFERRED, -row.amount, **facts)


def _give_back(row: MoneyBack, note: str, at: datetime | None = None) -> None:
    if row.is_given_back or not row.is_booked:
        return
    row.is_given_back = True
    booked = Transaction.objects.get(external_id=row.external_id)
    posting.reverse(booked.pk, note=note, external_id=row.reversal_external_id, happened_at=at)
