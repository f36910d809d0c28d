"""Disputes: the customer's bank takes the money back, or asks first; what comes of it is decided by hand."""

from stripesandbox import balance, clock, events, fraud_warnings, records, timers
from stripesandbox.errors import StripeError
from stripesandbox.models import Record

FEE = 1500
DAY = 24 * 3600
DAYS_TO_ANSWER, DAYS_OF_A_WARNING = 9, 120
NETWORK_CODES = {
    "fraudulent": "10.4",
    "product_not_received": "13.1",
    "product_unacceptable": "13.3",
    "subscription_canceled": "13.2",
    "credit_not_processed": "13.6",
    "duplicate": "12.6.1",
    "unrecognized": "10.4",
    "general": "13.7",
}
CHARGEBACK, WARNING, PREVENTED = "needs_response", "warning_needs_response", "prevented"
RESOLVED = "lost"  # Visa's RDR as older versions tell it: lost from the first moment, and without a fee
CASES = {CHARGEBACK: "chargeback", WARNING: "inquiry", PREVENTED: "resolution", RESOLVED: "resolution"}
WARNINGS = ("warning_needs_response", "warning_under_review")
CONTESTED = ("needs_response", "under_review", "appeal_needs_response", "appeal_under_review")
HARMLESS = (*WARNINGS, "warning_closed", "won")  # the charge can be refunded beside them
STEPS = {
    "review": {name: name.replace("needs_response", "under_review") for name in (*CONTESTED[::2], WARNING)},
    "win": dict.fromkeys(CONTESTED, "won"),
    "lose": dict.fromkeys(CONTESTED, "lost"),
    "close_warning": dict.fromkeys(WARNINGS, "warning_closed"),
    "escalate": dict.fromkeys(WARNINGS, CHARGEBACK),
    "appeal": {"lost": "appeal_needs_response"},
}
TEST_EVIDENCE = {"winning_evidence": "win", "losing_evidence": "lose", "escalate_inquiry_evidence": "escalate"}
NO_EVIDENCE = records.blank(
    "access_activity_log appeal billing_address cancellation_policy cancellation_policy_disclosure "
    "cancellation_rebuttal customer_communication customer_email_address customer_name customer_purchase_ip "
    "customer_signature duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id "
    "product_description receipt refund_policy refund_policy_disclosure refund_refusal_explanation service_date "
    "service_documentation shipping_address shipping_carrier shipping_date shipping_documentation "
    "shipping_tracking_number uncategorized_file uncategorized_text"
)


def open(cause, charge: Record, *, status: str = CHARGEBACK, reason: str = "fraudulent", amount=None) -> Record:
    """A chargeback takes the money and a fee at once; a warning takes nothing; one that the bank resolved by itself
    (prevented, or lost by Visa's RDR) takes the money without a fee and is closed."""
    _check(charge, status, reason)
    if status != WARNING:
        _stop_refunds(cause, charge)
    dispute = records.add("dispute", "du", _fields(charge, status, reason, _amount(charge, amount)))
    charge.private["dispute"] = status
    charge.change(disputed=True)
    events.emit(cause, "charge.dispute.created", dispute)
    if status != WARNING:
        _book(dispute, -dispute["amount"], "withdrawal", FEE if status == CHARGEBACK else 0)
        events.emit(cause, "charge.dispute.funds_withdrawn", dispute)
    if CASES[status] == "resolution":
        events.emit(cause, "charge.dispute.closed", dispute)
    else:
        timers.set_timer(dispute["evidence_details"]["due_by"] - clock.seconds(), "deadline", dispute.id)
    if status == WARNING:
        timers.set_timer(DAYS_OF_A_WARNING * DAY, "close_warning", dispute.id)
    fraud_warnings.calm(cause, charge)
    return dispute


def _check(charge: Record, status: str, reason: str) -> None:
    if status not in CASES:
        raise StripeError(f"A dispute opens as {', '.join(CASES)}, not as {status}.", param="status")
    if reason not in NETWORK_CODES:
        raise StripeError(f"Invalid reason: {reason}", param="reason")
    if charge["status"] != "succeeded":
        raise StripeError(f"Charge {charge.id} has not succeeded: there is nothing to dispute.", param="charge")
    if any(dispute["status"] in (*WARNINGS, *CONTESTED) for dispute in records.of("dispute", charge=charge.id)):
        raise StripeError(f"Charge {charge.id} is under dispute already.", param="charge")


def _amount(charge: Record, wanted: int | None) -> int:
    """All that the customer has paid and not got back, unless only a part is disputed."""
    if wanted is None:
        return (charge["amount"] - charge["amount_refunded"]) or charge["amount"]
    if not 1 <= wanted <= charge["amount"]:
        raise StripeError(f"A dispute is over $0.01 to ${charge['amount'] / 100:,.2f}.", param="amount")
    return wanted


def _fields(charge: Record, status: str, reason: str, amount: int) -> dict:
    card = charge["payment_method_details"].get("card")
    code = NETWORK_CODES[reason] if card else "R10"
    details = card and {
        "card": {
            "brand": card["brand"],
            "case_type": CASES[status],
            "network": card["network"],
            "network_reason_code": code,
        },
        "type": "card",
    }
    return {
        "amount": amount,
        "balance_transactions": [],
        "charge": charge.id,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**NO_EVIDENCE, "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": _due_by(),
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": None,
        "is_charge_refundable": status == WARNING,
        "metadata": {},
        "network_reason_code": code,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": details,
        "reason": reason,
        "status": status,
    }


def _due_by() -> int:
    """The last second of a day, as the card networks count."""
    return (int(clock.seconds()) // DAY + DAYS_TO_ANSWER + 1) * DAY - 1


def _stop_refunds(cause, charge: Record) -> None:
    """The bank has the money already: what was still on its way comes back."""
    from stripesandbox import refunds

    for refund in records.of("refund", charge=charge.id).filter(wire__status__in=refunds.WAITING):
        refunds.fail(cause, refund, "charge_for_pending_refund_disputed")
    charge.refresh_from_db()


def _book(dispute: Record, amount: int, direction: str, fee: int) -> None:
    entry = balance.add_transaction(
        "adjustment",
        amount,
        dispute.id,
        category="dispute" if amount < 0 else "dispute_reversal",
        fee=fee,
        fee_for="Dispute fee",
        at_once=True,
        description=f"Chargeback {direction} for {dispute['charge']}",
    )
    dispute.change(balance_transactions=[*dispute["balance_transactions"], dict(entry.wire)])


def step(cause, dispute: Record, verb: str, *, fee_back: bool = False) -> Record:
    """review, win, lose, close_warning, escalate or appeal. `fee_back` returns the fee of a won dispute, as Stripe did
    until June 2025."""
    target = STEPS[verb].get(dispute["status"])
    if target is None:
        raise StripeError(f"This dispute is {dispute['status']}: {verb.replace('_', ' ')} is not possible.")
    charge = records.get("charge", dispute["charge"])
    details = dict(dispute["evidence_details"])
    if verb == "review":
        details |= {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
    before = dispute.change(status=target, evidence_details=details)
    charge.private["dispute"] = target
    charge.save(update_fields=["private"])
    if verb == "escalate":
        _escalate(cause, dispute, charge, before)
    elif verb in ("review", "appeal"):
        events.emit(cause, "charge.dispute.updated", dispute, before)
    else:
        if verb == "win":
            _book(dispute, dispute["amount"], "reversal", -FEE if fee_back else 0)
            events.emit(cause, "charge.dispute.funds_reinstated", dispute)
        timers.drop_timers(dispute.id)
        events.emit(cause, "charge.dispute.closed", dispute)
    return dispute


def _escalate(cause, dispute: Record, charge: Record, before: dict) -> None:
    """A warning becomes a chargeback: the same dispute, and now the money goes."""
    details = dispute["payment_method_details"]
    if details:
        details = {**details, "card": {**details["card"], "case_type": "chargeback"}}
    deadline = {**dispute["evidence_details"], "due_by": _due_by(), "past_due": False}
    fields = {"payment_method_details": details, "is_charge_refundable": False, "evidence_details": deadline}
    before |= dispute.change(**fields)
    _stop_refunds(cause, charge)
    _book(dispute, -dispute["amount"], "withdrawal", FEE)
    events.emit(cause, "charge.dispute.updated", dispute, before)
    events.emit(cause, "charge.dispute.funds_withdrawn", dispute)
    timers.set_timer(deadline["due_by"] - clock.seconds(), "deadline", dispute.id)


def pass_deadline(cause, dispute: Record) -> None:
    """Nobody answered in time: a chargeback is lost; a warning is only late."""
    if dispute["status"] not in ("needs_response", "warning_needs_response"):
        return
    if dispute["evidence_details"]["due_by"] > clock.seconds():
        return  # it was escalated and has a later deadline
    before = dispute.change(evidence_details={**dispute["evidence_details"], "past_due": True})
    events.emit(cause, "charge.dispute.updated", dispute, before)
    if dispute["status"] == "needs_response":
        step(cause, dispute, "lose")


def after_payment(cause, charge: Record) -> None:
    """What some test cards do as soon as they are charged."""
    match charge.private.get("afterwards"):
        case "early_fraud_warning":
            fraud_warnings.add(cause, charge)
        case [status, reason]:
            open(cause, charge, status=status, reason=reason)


def refuse_refund(charge: Record) -> None:
    """What the bank has taken back cannot be given back once more."""
    if any(dispute["status"] not in HARMLESS for dispute in records.of("dispute", charge=charge.id)):
        raise StripeError(
            f"Charge {charge.id} has been charged back; cannot issue a refund.", code="charge_disputed", param="charge"
        )


def close(cause, params, id):
    """POST /v1/disputes/:id/close: we give in."""
    dispute = records.get("dispute", id)
    if dispute["status"] in WARNINGS:
        return step(cause, dispute, "close_warning").wire
    return step(cause, dispute, "lose").wire


def update(cause, params, id):
    """POST /v1/disputes/:id: evidence and metadata; three words decide the case, as in test mode."""
    dispute = records.get("dispute", id)
    fields = {"metadata": records.merge_metadata(dispute["metadata"], params.get("metadata"))}
    if evidence := params.get("evidence"):
        fields["evidence"] = {**dispute["evidence"], **{name: value or None for name, value in evidence.items()}}
        fields["evidence_details"] = {**dispute["evidence_details"], "has_evidence": True}
    submits = params.get("submit", bool(evidence))
    if (evidence or submits) and dispute["status"] not in STEPS["review"]:
        raise StripeError(f"This dispute is {dispute['status']}: evidence is no longer accepted.")
    before = dispute.change(**fields)
    if submits:
        step(cause, dispute, "review")
        if verdict := TEST_EVIDENCE.get(dispute["evidence"]["uncategorized_text"]):
            step(cause, dispute, verdict)
    elif before:
        events.emit(cause, "charge.dispute.updated", dispute, before)
    return dispute.wire
