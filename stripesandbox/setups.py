"""A card that is saved for later: Checkout in setup mode, and the SetupIntent behind it."""

import secrets

from stripesandbox import cards, customers, events, methods, payments, records, timers
from stripesandbox.errors import StripeError, unsupported
from stripesandbox.models import Record, new_id

UNUSED = records.blank(
    "application automatic_payment_methods cancellation_reason customer_account excluded_payment_method_types "
    "flow_directions last_setup_error latest_attempt mandate next_action on_behalf_of payment_method "
    "payment_method_configuration_details single_use_mandate"
)
KNOWN = {"description", "metadata"}


class Declined(Exception):
    """The bank does not agree to the card; the text says why."""


def nothing_to_pay(params: dict) -> list:
    """The line items of a session that saves a card: none."""
    if params.get("line_items"):
        raise StripeError("You can not pass `line_items` in `setup` mode.", param="line_items")
    if params.get("payment_intent_data"):
        raise StripeError("You can not pass `payment_intent_data` in `setup` mode.", param="payment_intent_data")
    if params.get("currency") != "usd":
        raise StripeError("Missing required param: currency.", code="parameter_missing", param="currency")
    return []


def add(cause, session: Record, wishes: dict) -> Record:
    """There from the start, for a card that is still to come."""
    if others := sorted(set(wishes) - KNOWN):
        raise unsupported(others[0], f"setup_intent_data[{others[0]}]")
    id = new_id("seti")
    intent = records.add(
        "setup_intent",
        "seti",
        {
            **UNUSED,
            "client_secret": f"{id}_secret_{secrets.token_hex(12)}",
            "customer": session["customer"],
            "description": wishes.get("description"),
            "metadata": wishes.get("metadata") or {},
            "payment_method_options": {"card": records.blank("mandate_options network request_three_d_secure")},
            "payment_method_types": session["payment_method_types"],
            "status": "requires_payment_method",
            "usage": "off_session",
        },
        id=id,
        private={"session": session.id},
    )
    events.emit(cause, "setup_intent.created", intent)
    return intent


def attempt(cause, session: Record, payer: methods.Payer, **timing) -> str:
    """The card is saved, if the bank agrees; who is asked for 3-D Secure passes it. Raises Declined."""
    from stripesandbox import sessions

    if session["status"] != "open":
        raise payments.SessionClosed
    if payer.method != methods.CARD:
        raise Declined("Only cards can be saved here.")
    if payer.card.result == cards.DECLINE and not payer.card.attaches:
        raise Declined(payer.card.message)
    intent = records.get("setup_intent", session["setup_intent"])
    if session["customer"] is None:
        session.change(customer=customers.add(cause, email=payer.email, name=payer.name or None).id)
    method = methods.add(payer, None)
    methods.attach(cause, method, session["customer"])
    intent.change(status="succeeded", payment_method=method.id, customer=session["customer"])
    events.emit(cause, "setup_intent.succeeded", intent)
    timers.drop_timers(session.id)
    session.private["payer"] = {"email": payer.email, "name": payer.name, "country": payer.country}
    session.change(status="complete", url=None, customer_details=sessions.details(payer.email))
    events.emit(cause, "checkout.session.completed", session)
    return "succeeded"
