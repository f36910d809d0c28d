"""Payment intents: the one payment behind a Checkout session, whatever number of attempts it takes."""

import secrets

from django.conf import settings

from stripesandbox import cards, events, records
from stripesandbox.errors import StripeError
from stripesandbox.models import Record, new_id, now

UNUSED = records.blank(
    "application application_fee_amount automatic_payment_methods canceled_at cancellation_reason "
    "customer_account excluded_payment_method_types last_payment_error latest_charge next_action "
    "on_behalf_of payment_method payment_method_configuration_details processing review shipping source "
    "transfer_data transfer_group"
)


def add(cause, session: Record) -> Record:
    """Created when the customer first tries to pay."""
    wishes = session.private["payment_intent_data"]
    asked = {
        "amount": session["amount_total"],
        "customer": session["customer"],
        "kinds": session["payment_method_types"],
    }
    return make(cause, wishes, {"session": session.id}, **asked)


def make(cause, wishes: dict, behind: dict, *, amount: int, customer: str | None, kinds: list[str]) -> Record:
    """One payment; `behind` names what it is for, a Checkout session or an invoice."""
    id = new_id("pi")
    intent = records.add(
        "payment_intent",
        "pi",
        {
            **UNUSED,
            "amount": amount,
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "capture_method": "automatic_async",
            "client_secret": f"{id}_secret_{secrets.token_hex(12)}",
            "confirmation_method": "automatic",
            "currency": "usd",
            "customer": customer,
            "description": wishes.get("description"),
            "metadata": wishes.get("metadata") or {},
            "payment_method_options": _method_options(),
            "payment_method_types": kinds,
            "receipt_email": wishes.get("receipt_email"),
            "setup_future_usage": wishes.get("setup_future_usage"),
            "statement_descriptor": wishes.get("statement_descriptor"),
            "statement_descriptor_suffix": wishes.get("statement_descriptor_suffix"),
            "status": "requires_payment_method",
        },
        id=id,
        private=behind,
    )
    events.emit(cause, "payment_intent.created", intent)
    return intent


def _method_options() -> dict:
    card = {"installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
    return {"card": card, "us_bank_account": {"mandate_options": {}, "verification_method": "automatic"}}


def payment_error(card: cards.TestCard, method: Record, charge: Record | None) -> dict:
    """last_payment_error of a failed attempt."""
    error = {
        "code": card.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{card.code.replace('_', '-')}",
        "message": card.message,
        "payment_method": dict(method.wire),
        "type": "card_error" if method["type"] == "card" else "invalid_request_error",
    }
    if charge:
        error["charge"] = charge.id
    if card.decline_code:
        error["decline_code"] = card.decline_code
    if card.decline_code and card.advice:
        error |= {"advice_code": card.advice, "network_decline_code": "01"}
    return error


def challenge(session: Record) -> dict:
    """next_action: the bank asks the customer for 3-D Secure, on a page of its own."""
    url = f"{settings.SANDBOX_URL}/c/pay/{session.id}/authenticate"
    return {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": session["success_url"]}}


def cancel_record(cause, intent: Record, reason: str) -> None:
    """Nothing can be paid on it any more."""
    intent.change(status="canceled", canceled_at=now(), cancellation_reason=reason, next_action=None)
    events.emit(cause, "payment_intent.canceled", intent)


def cancel(cause, params, id):
    """POST /v1/payment_intents/:id/cancel"""
    intent = records.get("payment_intent", id)
    state = "payment_intent_unexpected_state"
    session = records.find(intent.private.get("session"))
    if session and session["status"] == "open":
        raise StripeError(
            "You cannot cancel a PaymentIntent that was created by Checkout. Expire the Checkout Session instead.",
            code=state,
        )
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise StripeError(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be canceled: requires_payment_method, "
            "requires_capture, requires_confirmation, requires_action, processing.",
            code=state,
        )
    cancel_record(cause, intent, params.get("cancellation_reason"))
    return intent.wire


def update(cause, params, id):
    """POST /v1/payment_intents/:id: description, receipt e-mail and metadata."""
    intent = records.get("payment_intent", id)
    if other := set(params) - {"description", "receipt_email", "metadata", "expand"}:
        raise StripeError(
            f"This PaymentIntent's {sorted(other)[0]} could not be updated because it was created by Checkout.",
            param=sorted(other)[0],
        )
    fields = {name: params[name] or None for name in ("description", "receipt_email") if name in params}
    intent.change(**fields, metadata=records.merge_metadata(intent["metadata"], params.get("metadata")))
    return intent.wire
