"""How a Checkout session gets paid: at once, after 3-D Secure, or days later by bank debit. Each verb runs in one write
transaction of the caller, so that two clicks at once meet one after the other."""

from stripesandbox import (
    balance,
    cards,
    charges,
    customers,
    disputes,
    events,
    intents,
    invoices,
    methods,
    records,
    sessions,
    timers,
)
from stripesandbox.models import Record

SESSION_CLOSED = "This session can no longer be paid."
CHALLENGE_FAILED = cards.TestCard(
    result=cards.DECLINE,
    code="payment_intent_authentication_failure",
    message="We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again.",
)
BOUNCED = cards.TestCard(
    result=cards.DECLINE,
    code="payment_method_provider_decline",
    message="The customer's bank account could not be debited: insufficient funds.",
)


class SessionClosed(Exception):
    """The session is paid, expired or being settled already."""


def attempt(cause, session: Record, payer: methods.Payer, *, settle_after=None, bounce_after=None) -> str:
    """Try to pay. Answers succeeded, processing, challenge or declined; what happened is on the payment intent."""
    intent = _open_intent(cause, session)
    method = methods.add(payer, intent["customer"])
    session.private["payer"] = {"email": payer.email, "name": payer.name, "country": payer.country}
    session.save(update_fields=["private"])
    if payer.method == methods.BANK:
        _debit(cause, session, intent, method, settle_after, bounce_after)
        return "processing"
    if payer.card.result == cards.CHALLENGE:
        intent.change(status="requires_action", payment_method=method.id, next_action=intents.challenge(session))
        events.emit(cause, "payment_intent.requires_action", intent)
        return "challenge"
    if payer.card.result == cards.DECLINE:
        return decline(cause, intent, method, payer.card)
    _take(cause, session, intent, method)
    return "succeeded"


def answer_challenge(cause, session: Record, *, approved: bool) -> str:
    """The customer's bank has spoken."""
    intent = _open_intent(cause, session)
    if intent["status"] != "requires_action":
        raise SessionClosed
    method = records.get("payment_method", intent["payment_method"])
    intent.change(next_action=None)
    if approved and method.private["code"]:
        return decline(cause, intent, method, cards.TestCard(**method.private))
    if approved:
        _take(cause, session, intent, method, challenged=True)
        return "succeeded"
    _fail(cause, intent, method, CHALLENGE_FAILED, None)
    return "declined"


def settle(cause, intent: Record, *, succeed: bool) -> None:
    """A bank debit arrives, or bounces. Only once."""
    if intent["status"] != "processing":
        raise SessionClosed
    session = records.get("checkout.session", intent.private["session"])
    charge = records.get("charge", intent["latest_charge"])
    if succeed:
        charge.change(
            status="succeeded",
            paid=True,
            receipt_url=charges.receipt_url(charge.id),
            outcome={**charge["outcome"], "seller_message": "Payment complete."},
        )
        intent.change(status="succeeded", amount_received=intent["amount"], processing=None)
        events.emit(cause, "charge.succeeded", charge)
        events.emit(cause, "payment_intent.succeeded", intent)
        session.change(payment_status="paid")
        invoices.bill(cause, session, intent)
        events.emit(cause, "checkout.session.async_payment_succeeded", session)
        book(cause, charge)
        return
    charge.change(
        status="failed", paid=False, captured=False, failure_code=BOUNCED.code, failure_message=BOUNCED.message
    )
    events.emit(cause, "charge.failed", charge)
    _fail(cause, intent, records.get("payment_method", intent["payment_method"]), BOUNCED, charge)
    events.emit(cause, "checkout.session.async_payment_failed", session)


def _open_intent(cause, session: Record) -> Record:
    if session["status"] != "open":
        raise SessionClosed
    if intent := sessions.intent_of(session):
        return intent
    intent = intents.add(cause, session)
    session.private["intent"] = intent.id
    session.change(payment_intent=intent.id if session["mode"] == "payment" else None)
    return intent


def _take(cause, session, intent, method, *, challenged=False) -> None:
    charge = succeed(cause, intent, method, challenged=challenged)
    _complete(cause, session, intent, "paid")
    if session["mode"] == "subscription":
        charge.refresh_from_db()  # it has learned its customer
    book(cause, charge)


def succeed(cause, intent, method, *, challenged=False) -> Record:
    """The card is charged; what was bought is told next, and booked after that."""
    charge = charges.add(intent, method, "succeeded", challenged=challenged)
    intent.change(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge.id,
        payment_method=method.id,
        last_payment_error=None,
    )
    events.emit(cause, "charge.succeeded", charge)
    events.emit(cause, "payment_intent.succeeded", intent)
    return charge


def decline(cause, intent, method, card: cards.TestCard) -> str:
    """The bank says no."""
    charge = charges.add(intent, method, "failed", card=card)
    events.emit(cause, "charge.failed", charge)
    _fail(cause, intent, method, card, charge)
    return "declined"


def _debit(cause, session, intent, method, settle_after, bounce_after) -> None:
    charge = charges.add(intent, method, "pending")
    intent.change(
        status="processing",
        latest_charge=charge.id,
        payment_method=method.id,
        last_payment_error=None,
    )
    events.emit(cause, "charge.pending", charge)
    events.emit(cause, "payment_intent.processing", intent)
    _complete(cause, session, intent, "unpaid")
    if settle_after is not None:
        timers.set_timer(settle_after, "settle", intent.id)
    if bounce_after is not None:
        timers.set_timer(bounce_after, "bounce", intent.id)


def _fail(cause, intent, method, card, charge) -> None:
    intent.change(
        status="requires_payment_method",
        last_payment_error=intents.payment_error(card, method, charge),
        latest_charge=charge.id if charge else intent["latest_charge"],
        payment_method=None,
        next_action=None,
    )
    events.emit(cause, "payment_intent.payment_failed", intent)


def _complete(cause, session, intent, payment_status: str) -> None:
    from stripesandbox import subscriptions

    timers.drop_timers(session.id)
    payer = session.private["payer"]
    if session["customer"] is None and session["customer_creation"] == "always":
        customer = customers.add(cause, email=payer["email"], name=payer["name"] or None)
        session.change(customer=customer.id)
        intent.change(customer=customer.id)
        records.of("charge", payment_intent=intent.id).first().change(customer=customer.id)
    address = records.blank("city country line1 line2 postal_code state")
    session.change(
        status="complete",
        payment_status=payment_status,
        url=None,
        customer_details={
            "address": {**address, "country": payer["country"]},
            "business_name": None,
            "email": payer["email"],
            "individual_name": None,
            "name": payer["name"] or None,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
    )
    if session["mode"] == "subscription":
        subscriptions.begin(cause, session, intent)
    elif payment_status == "paid":
        invoices.bill(cause, session, intent)
    events.emit(cause, "checkout.session.completed", session)


def book(cause, charge: Record) -> None:
    """Stripe books asynchronously: the charge learns its balance transaction only in charge.updated."""
    kind = "charge" if charge.id.startswith("ch_") else "payment"
    amount = charge["amount"]
    entry = balance.add_transaction(
        kind,
        amount,
        charge.id,
        fee=balance.fee_of(amount),
        at_once=bool(charge.private["available_at_once"]),
        description=charge["description"],
    )
    before = charge.change(balance_transaction=entry.id)
    events.emit(cause, "charge.updated", charge, before)
    disputes.after_payment(cause, charge)
