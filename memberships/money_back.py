"""Refunds and disputes of what was paid for Premium: first what is not yet earned goes back, then what is.

A refund takes back revenue, a dispute is a loss. Both come from Stripe, as those of top-ups do.
"""

from datetime import datetime

from alerts.models import raise_alert
from billing.models import Dispute, Refund
from billing.stripe_objects import Quarantined, book_fee, dollars, known, move, when
from ledger import posting
from ledger.models import Transaction
from memberships import recognition
from memberships.models import Invoice, MoneyBack
from ui.format import money

LOSS = {MoneyBack.Kind.REFUND: "subscription_revenue", MoneyBack.Kind.DISPUTE: "disputes"}
PAGE = "/admin/memberships/"


def invoice_of(thing: dict) -> Invoice | None:
    """The paid invoice behind a refund, a dispute or a warning, locked; None where it is a top-up's, or nobody's."""
    intent = thing.get("payment_intent")
    rows = Invoice.objects.select_for_update().select_related("member")
    return rows.filter(payment_intent_id=intent, paid_at__isnull=False).first() if intent else None


def apply_refund(refund: dict, invoice: Invoice) -> None:
    """Book a refund whose money left Stripe; give it back when it failed after all. Safe to repeat, in any order."""
    known(refund["status"], Refund.Status)
    row = _row_of(MoneyBack.Kind.REFUND, refund, invoice)
    if Refund.RANK[refund["status"]] > Refund.RANK[row.status]:
        row.status = refund["status"]
    if refund["status"] == Refund.Status.SUCCEEDED or refund["balance_transaction"]:
        _take(row, invoice, row.created_at)
    if row.status in Refund.FINAL:
        _give_back(row, invoice, "The refund failed", f"{row.external_id}:failed")
    row.save()


def apply_dispute(dispute: dict, invoice: Invoice, at: datetime) -> None:
    """Book what the bank withdrew and what it gave back, and tell staff of a new one."""
    known(dispute["status"], Dispute.Status)
    row = _row_of(MoneyBack.Kind.DISPUTE, dispute, invoice)
    row.status = dispute["status"] if not row.is_given_back else row.status
    for movement in sorted(dispute["balance_transactions"], key=lambda each: each["amount"]):
        if movement["amount"] < 0:
            _take(row, invoice, when(movement["created"]))
        else:
            _give_back(row, invoice, "The dispute was won", f"{row.external_id}:reinstated")
        book_fee(movement, f"Stripe's fee for the dispute {row.stripe_id}")
    row.save()
    title = f"{invoice.member.email} disputes {money(row.amount)} of Premium"
    raise_alert(f"memberships.dispute.{row.pk}", title, f"It stands at “{row.status}”.", severity="bad", url=PAGE)


def warn(warning: dict, invoice: Invoice) -> None:
    """An early fraud warning: a refund now spares the dispute. It moves no money."""
    title = f"The bank suspects fraud: {money(invoice.cash)} of {invoice.member.email}, for Premium"
    detail = f"Early fraud warning ({warning['fraud_type'].replace('_', ' ')}). A refund now spares the dispute."
    raise_alert(f"memberships.fraud_warning.{warning['id']}", title, detail, severity="bad", url=PAGE)


def _row_of(kind: str, told: dict, invoice: Invoice) -> MoneyBack:
    if told["currency"] != "usd" or dollars(told["amount"]) > invoice.cash:
        raise Quarantined(f"{told['amount']} {told['currency']} of a payment of ${invoice.cash:.2f}.")
    row, _ = MoneyBack.objects.get_or_create(
        stripe_id=told["id"],
        defaults={
            "invoice": invoice,
            "kind": kind,
            "amount": dollars(told["amount"]),
            "status": told["status"],
            "reason": told["reason"] or "",
            "created_at": when(told["created"]),
        },
    )
    if (row.invoice_id, row.amount) != (invoice.pk, dollars(told["amount"])):
        raise Quarantined(f"It was one of {row.amount} of another payment, or of another amount.")
    return row


def _take(row: MoneyBack, invoice: Invoice, at: datetime) -> None:
    if row.is_booked:
        return
    row.is_booked, row.unearned = True, min(row.amount, invoice.deferred)
    facts = {"service": "premium", "happened_at": at}
    note = f"{row.get_kind_display()} of invoice {invoice.number or invoice.stripe_id}"
    move("transfer", "deferred_subscription", -row.amount, external_id=row.external_id, note=note, **facts)
    if earned := row.amount - row.unearned:
        accounts = {"debit": LOSS[row.kind], "credit": "deferred_subscription", "amount": earned}
        posting.transfer("transfer", **accounts, external_id=f"{row.external_id}:earned", note=note, **facts)
    _count(invoice, row.unearned)


def _give_back(row: MoneyBack, invoice: Invoice, note: str, external_id: str) -> None:
    if row.is_given_back or not row.is_booked:
        return
    row.is_given_back = True
    ids = {row.external_id: external_id, f"{row.external_id}:earned": f"{external_id}:earned"}
    for booked in Transaction.objects.filter(external_id__in=ids):
        posting.reverse(booked.pk, note=note, external_id=ids[booked.external_id])
    _count(invoice, -row.unearned)


def _count(invoice: Invoice, unearned) -> None:
    """How much went back before it was earned; the months that are left earn what is left."""
    invoice.refunded += unearned
    invoice.save(update_fields=["refunded"])
    recognition.recognise(invoice)
