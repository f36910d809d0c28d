"""Refunds: through the API, or by hand on the Dashboard."""

from stripesandbox import balance, disputes, events, fraud_warnings, records
from stripesandbox.errors import StripeError
from stripesandbox.models import Record, new_id, now

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
WAITING = ("pending", "requires_action")
ANSWER_WITHIN = 45 * 24 * 3600


def create(cause, params):
    """POST /v1/refunds"""
    charge = _charge(params)
    return add(cause, charge, params.get("amount"), reason=params.get("reason"), metadata=params.get("metadata")).wire


def _charge(params: dict) -> Record:
    given = [name for name in ("charge", "payment_intent") if params.get(name)]
    if not given:
        raise StripeError(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    if params.get("charge"):
        charge = records.get("charge", params["charge"], "charge")
        if params.get("payment_intent") not in (None, charge["payment_intent"]):
            raise StripeError("The charge does not belong to the payment_intent.", param="charge")
        return charge
    intent = records.get("payment_intent", params["payment_intent"], "payment_intent")
    charge = records.find(intent["latest_charge"])
    if charge is None or charge["status"] == "failed":
        raise StripeError(
            f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return charge


def add(cause, charge: Record, amount: int | None = None, *, reason=None, metadata=None) -> Record:
    """Give money back; the amount defaults to all that is left."""
    amount = _amount(charge, amount)
    at_once = charge.private["refund"] != "pending"
    card = charge["payment_method_details"]["type"] == "card"
    id = new_id("re" if charge.id.startswith("ch_") else "pyr")
    refund = records.add(
        "refund",
        "re",
        {
            "amount": amount,
            "balance_transaction": None,
            "charge": charge.id,
            "currency": charge["currency"],
            "customer": charge["customer"],
            "customer_account": None,
            "destination_details": _destination(card, at_once),
            "metadata": records.merge_metadata({}, metadata),
            "payment_intent": charge["payment_intent"],
            "payment_method": charge["payment_method"],
            "reason": reason,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded" if at_once else "pending",
            "transfer_reversal": None,
            **({} if at_once else {"pending_reason": "processing"}),
        },
        id=id,
    )
    kind = "refund" if charge.id.startswith("ch_") else "payment_refund"
    refund.change(balance_transaction=balance.add_transaction(kind, -amount, refund.id, description="REFUND").id)
    refunded = charge["amount_refunded"] + amount
    before = charge.change(amount_refunded=refunded, refunded=refunded == charge["amount"])
    events.emit(cause, "refund.created", refund)
    events.emit(cause, "charge.refunded", charge, before)
    if charge["refunded"]:
        fraud_warnings.calm(cause, charge)
    _set_fate(charge, refund)
    return refund


def _amount(charge: Record, wanted: int | None) -> int:
    left = charge["amount_captured"] - charge["amount_refunded"]
    if charge["status"] != "succeeded":
        raise StripeError(f"Charge {charge.id} has not succeeded and cannot be refunded.", param="charge")
    disputes.refuse_refund(charge)
    if left == 0:
        raise StripeError(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if wanted is None:
        return left
    if wanted < 1:
        raise StripeError("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if wanted > charge["amount"]:
        raise StripeError(
            f"Refund amount (${wanted / 100:,.2f}) is greater than charge amount (${charge['amount'] / 100:,.2f})",
            param="amount",
        )
    if wanted > left:
        raise StripeError(
            f"Refund amount (${wanted / 100:,.2f}) is greater than unrefunded amount on charge (${left / 100:,.2f})",
            param="amount",
        )
    return wanted


def _destination(card: bool, at_once: bool) -> dict:
    if not card:
        return {"type": "us_bank_transfer", "us_bank_transfer": {"reference": None, "reference_status": "pending"}}
    reference = {"reference_status": "pending", "reference_type": "acquirer_reference_number"}
    return {"card": {**reference, "type": "refund" if at_once else "pending"}, "type": "card"}


def _set_fate(charge: Record, refund: Record) -> None:
    """Two test cards refund late: one succeeds, one fails (https://docs.stripe.com/testing#refunds)."""
    from stripesandbox import timers

    fate = {"fails": "fail_refund", "pending": "complete_refund"}.get(charge.private["refund"])
    if fate:
        timers.set_timer(5, fate, refund.id)


def complete(cause, refund: Record) -> None:
    """A pending refund has arrived."""
    if refund["status"] not in WAITING:
        return
    _forget_waiting(refund)
    before = refund.change(status="succeeded")
    _tell_updated(cause, refund, before)


def fail(cause, refund: Record, reason: str = "unknown") -> None:
    """The customer's bank sends the money back, even after the refund had succeeded."""
    if refund["status"] not in (*WAITING, "succeeded"):
        return
    before = _take_back(refund, "failed", reason)
    _tell_updated(cause, refund, before)
    events.emit(cause, "refund.failed", refund, before)
    _tell_less_refunded(cause, refund)


def _take_back(refund: Record, status: str, reason: str) -> dict:
    """The money of the refund is on the balance again."""
    entry = balance.add_transaction("refund_failure", refund["amount"], refund.id, description="REFUND FAILURE")
    _forget_waiting(refund)
    return refund.change(status=status, failure_reason=reason, failure_balance_transaction=entry.id)


def _tell_less_refunded(cause, refund: Record) -> None:
    charge = records.get("charge", refund["charge"])
    before = charge.change(amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False)
    events.emit(cause, "charge.updated", charge, before)


def _forget_waiting(refund: Record) -> None:
    for name in ("pending_reason", "next_action", "instructions_email"):
        refund.wire.pop(name, None)


def ask_customer(cause, refund: Record) -> None:
    """The bank needs the customer: Stripe mails a form for the account to pay to, and waits."""
    if refund["status"] != "pending":
        raise StripeError(f"Refund {refund.id} with status {refund['status']} does not wait for anybody.")
    charge = records.get("charge", refund["charge"])
    email = charge["billing_details"]["email"]
    _forget_waiting(refund)
    sent = {"email_sent_at": now(), "email_sent_to": email}
    action = {"display_details": {"email_sent": sent, "expires_at": now() + ANSWER_WITHIN}, "type": "display_details"}
    before = refund.change(status="requires_action", next_action=action, instructions_email=email)
    _tell_updated(cause, refund, before)


def cancel_record(cause, refund: Record) -> None:
    """Call a refund back that has not arrived; the customer keeps nothing of it."""
    if refund["status"] not in WAITING:
        raise StripeError(f"Refund {refund.id} with status {refund['status']} cannot be canceled.")
    before = _take_back(refund, "canceled", "merchant_request")
    _tell_updated(cause, refund, before)
    _tell_less_refunded(cause, refund)


def _tell_updated(cause, refund: Record, before: dict) -> None:
    """Stripe says it twice, under the old name and the new."""
    events.emit(cause, "charge.refund.updated", refund, before)
    events.emit(cause, "refund.updated", refund, before)


def update(cause, params, id):
    """POST /v1/refunds/:id: metadata only."""
    refund = records.get("refund", id)
    if before := refund.change(metadata=records.merge_metadata(refund["metadata"], params.get("metadata"))):
        _tell_updated(cause, refund, before)
    return refund.wire


def cancel(cause, params, id):
    """POST /v1/refunds/:id/cancel: only for refunds that wait for the customer; pending ones on the Dashboard."""
    refund = records.get("refund", id)
    if refund["status"] != "requires_action":
        raise StripeError(f"Refund {refund.id} with status {refund['status']} cannot be canceled.")
    cancel_record(cause, refund)
    return refund.wire
