"""Disputes and fraud warnings that Stripe reports: the money, the freeze of what is left, and who must know."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from alerts.models import raise_alert, settle
from billing import stripe_api
from billing.models import DebtDecision, Dispute, FraudWarning, TopUp
from billing.models.debt import note_debt
from billing.stripe_objects import ParentMissing, Quarantined, book_fee, dollars, known, movements_of, when
from billing.wording import words
from ledger import posting
from ledger.models import Transaction
from memberships import money_back
from referrals import rewards
from ui.format import money

PANEL = "/admin/billing/disputes/"


def apply_dispute(dispute: dict, at: datetime) -> None:
    """Bring our row to where Stripe says the dispute stands, and book what the bank moved.

    Call inside a transaction. Money follows the dispute's balance transactions: withdrawn at its opening, reinstated
    when it is won, each once; an inquiry has none. `at` is when Stripe said so. What is left of the lot is frozen while
    the bank decides. Lifecycle: https://docs.stripe.com/disputes/how-disputes-work. Raises ParentMissing, Quarantined.
    """
    if dispute["currency"] != "usd":
        raise Quarantined(f"Disputed in {dispute['currency']}, not in usd.")
    invoice = money_back.invoice_of(dispute)
    top_up = None if invoice else _paid_top_up(dispute["payment_intent"])
    row, is_new = _row_of(dispute, at, top_up=top_up, invoice=invoice)
    movements = movements_of(dispute)
    if invoice:
        money_back.apply_dispute(dispute, invoice, movements)
    else:
        _book_all(row, movements)
    if is_new:
        _tell(row)


def _book_all(row: Dispute, movements: list[dict]) -> None:
    top_up = row.top_up
    for movement in movements:
        _book(row, movement)
        rewards.look_again(top_up.member, f"{row.external_id}:{movement['id']}")
    contested = top_up.disputes.filter(status__in=Dispute.CONTESTED).exists()
    posting.freeze_lots(top_up.member, top_up_external_id=top_up.external_id, frozen=contested)


def sync_disputes(charge_id: str) -> int:
    """List the disputes of a charge from Stripe and apply each; returns how many. None for a payment not booked."""
    asked = timezone.now().replace(microsecond=0)  # Stripe's times have whole seconds
    listed = list(stripe_api.listed("disputes", charge=charge_id))
    try:
        for dispute in reversed(listed):
            with transaction.atomic():
                apply_dispute(dispute, asked)
    except ParentMissing:
        return 0
    return len(listed)


def apply_fraud_warning(warning: dict, at: datetime) -> None:
    """Keep an early fraud warning and tell staff: a refund now spares the dispute. It moves no money."""
    invoice = money_back.invoice_of(warning)
    payment = {"invoice": invoice, "top_up": None if invoice else _paid_top_up(warning["payment_intent"])}
    said = {"fraud_type": warning["fraud_type"], "created_at": when(warning["created"])}
    row, created = FraudWarning.objects.get_or_create(stripe_id=warning["id"], defaults=payment | said)
    if created and warning["actionable"]:
        paid = row.payment
        raise_alert(
            f"billing.fraud_warning.{row.pk}",
            f"The bank suspects fraud: {money(paid.cash)} of {paid.member.email}{', for Premium' if invoice else ''}",
            f"Early fraud warning ({row.fraud_type.replace('_', ' ')}). Most become a dispute; a refund now spares it.",
            severity="bad",
            url=PANEL,
        )


def _paid_top_up(payment_intent: str | None) -> TopUp:
    top_up = TopUp.objects.select_for_update(no_key=True).filter(payment_intent_id=payment_intent or "").first()
    if top_up is None or top_up.status != TopUp.Status.PAID:
        raise ParentMissing(f"The payment {payment_intent} is not booked here yet.")
    return top_up


def _row_of(dispute: dict, at: datetime, **payment) -> tuple[Dispute, bool]:
    """The row, and whether it says anything new now."""
    known(dispute["status"], Dispute.Status)
    due = dispute["evidence_details"]["due_by"]
    said = {
        "status": dispute["status"],
        "amount": dollars(dispute["amount"]),
        "reason": dispute["reason"],
        "answer_by": when(due) if due else None,
        "answered": bool(dispute["evidence_details"]["submission_count"]),
        "heard_at": at,
    }
    row, created = Dispute.objects.get_or_create(
        stripe_id=dispute["id"], defaults={"created_at": when(dispute["created"]), **payment, **said}
    )
    if (row.top_up, row.invoice) != (payment["top_up"], payment["invoice"]):
        raise Quarantined(f"The dispute was one of another payment, {row.payment.payment_intent_id}.")
    was = (row.status, row.answered)
    if not created and row.takes(dispute["status"], at):
        for name, value in said.items():
            setattr(row, name, value)
        row.save(update_fields=said)
    return row, created or was != (row.status, row.answered)


def _book(row: Dispute, movement: dict) -> None:
    amount, happened_at = dollars(movement["amount"]), when(movement["created"])
    if amount < 0:
        posted = posting.dispute(
            row.top_up.member,
            -amount,
            top_up_external_id=row.top_up.external_id,
            external_id=row.external_id,
            happened_at=happened_at,
            note=words(row.reason),
        )
        note_debt(row.top_up.member, posted)
    elif amount > 0:
        _give_back(row, amount, happened_at)
    book_fee(movement, f"Stripe's fee for dispute {row.stripe_id}")


def _give_back(row: Dispute, amount, happened_at) -> None:
    withdrawn = Transaction.objects.filter(external_id=row.external_id).first()
    if withdrawn is None or withdrawn.amount != amount:
        raise Quarantined(f"The bank gave back {money(amount)}, which is not what it had withdrawn.")
    DebtDecision.objects.reopen_since(withdrawn, reason="The dispute was won after all")
    posted = posting.reverse(
        withdrawn.pk, note="The dispute was won", external_id=row.reinstated_external_id, happened_at=happened_at
    )
    note_debt(row.top_up.member, posted)


def _tell(row: Dispute) -> None:
    """An alert while the bank waits for us; gone when it has our answer, or decided."""
    fingerprint = f"billing.dispute.{row.pk}"
    if not row.needs_answer:
        settle(fingerprint)
        return
    what = "asks about" if row.status in Dispute.INQUIRIES else "disputes"
    until = f" until {row.answer_by:%-d %B %Y, %H:%M} UTC" if row.answer_by else ""
    raise_alert(
        fingerprint,
        f"The bank of {row.member.email} {what} {money(row.amount)}{' of Premium' if row.invoice_id else ''}",
        f"Reason: {row.reason.replace('_', ' ')}. Answer at Stripe{until}, or accept it there.",
        severity="bad",
        url=PANEL,
    )
