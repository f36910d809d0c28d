"""A card that is saved for later: Checkout in setup mode, and the SetupIntent behind it."""

import secrets

from stripesandbox import cards, customers, events, intents, methods, payments, records, timers
from stripesandbox.errors import StripeError, unsupported
from stripesandbox.models import Record, new_id

UNUSED = records.blank(
    "application automatic_payment_methods cancellation_reason customer_account excluded_payment_method_types "
    "flow_directions last_setup_error latest_attempt mandate next_action on_behalf_of payment_method "
    "payment_method_configuration_details single_use_mandate"
)
KNOWN = {"description", "metadata"}


CHALLENGE_FAILED = cards.TestCard(
    result=cards.DECLINE,
    code="setup_intent_authentication_failure",
    message="We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again.",
)


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


def intent_of(session: Record) -> Record:
    """The SetupIntent behind a session in setup mode."""
    return records.get("setup_intent", session["setup_intent"])


def attempt(cause, session: Record, payer: methods.Payer, **timing) -> str:
    """Try to save the card. Answers succeeded, challenge or declined; what happened is on the setup intent."""
    intent = _open_intent(session)
    method = methods.add(payer, None)
    session.private["payer"] = {"email": payer.email, "name": payer.name, "country": payer.country}
    session.save(update_fields=["private"])
    if payer.card.result == cards.CHALLENGE:
        action = intents.challenge(session)
        intent.change(status="requires_action", payment_method=method.id, next_action=action, last_setup_error=None)
        events.emit(cause, "setup_intent.requires_action", intent)
        return "challenge"
    if payer.card.result == cards.DECLINE and not payer.card.attaches:
        return _fail(cause, intent, method, payer.card)
    return _keep(cause, session, intent, method)


def answer_challenge(cause, session: Record, *, approved: bool) -> str:
    """The customer's bank has spoken."""
    intent = _open_intent(session)
    if intent["status"] != "requires_action":
        raise payments.SessionClosed
    method = records.get("payment_method", intent["payment_method"])
    card = cards.TestCard(**method.private)
    if not approved:
        return _fail(cause, intent, method, CHALLENGE_FAILED)
    if card.code and not card.attaches:
        return _fail(cause, intent, method, card)
    return _keep(cause, session, intent, method)


def cancel(cause, session: Record) -> None:
    """The page has expired: no card is saved on it any more."""
    intent = intent_of(session)
    intent.change(status="canceled", cancellation_reason="abandoned", next_action=None)
    events.emit(cause, "setup_intent.canceled", intent)


def _open_intent(session: Record) -> Record:
    if session["status"] != "open":
        raise payments.SessionClosed
    return intent_of(session)


def _fail(cause, intent: Record, method: Record, card: cards.TestCard) -> str:
    error = intents.payment_error(card, method, None)
    intent.change(status="requires_payment_method", payment_method=None, next_action=None, last_setup_error=error)
    events.emit(cause, "setup_intent.setup_failed", intent)
    return "declined"


def _keep(cause, session: Record, intent: Record, method: Record) -> str:
    from stripesandbox import sessions

    payer = session.private["payer"]
    if session["customer"] is None:
        session.change(customer=customers.add(cause, email=payer["email"], name=payer["name"] or None).id)
    methods.attach(cause, method, session["customer"])
    done = {"status": "succeeded", "next_action": None, "last_setup_error": None}
    intent.change(**done, payment_method=method.id, customer=session["customer"])
    events.emit(cause, "setup_intent.succeeded", intent)
    timers.drop_timers(session.id)
    session.change(status="complete", url=None, customer_details=sessions.details(payer["email"]))
    events.emit(cause, "checkout.session.completed", session)
    return "succeeded"
