"""What becomes of a saved card: its owner's details change, the bank sends a new one, its month passes."""

from stripesandbox import clock, events, methods, records
from stripesandbox.errors import StripeError, unsupported
from stripesandbox.models import Record

KNOWN = {"allow_redisplay", "billing_details", "card", "metadata"}
NEW_CARD_LASTS = 4  # years


def update(cause, params, id):
    """POST /v1/payment_methods/:id: the expiry, the address, metadata."""
    if others := sorted(set(params) - KNOWN):
        raise unsupported(others[0], others[0])
    method = _kept(records.get("payment_method", id))
    fields = {"metadata": records.merge_metadata(method["metadata"], params.get("metadata"))}
    if "allow_redisplay" in params:
        fields["allow_redisplay"] = params["allow_redisplay"]
    if details := params.get("billing_details"):
        fields["billing_details"] = {**method["billing_details"], **details}
    if card := params.get("card"):
        fields[methods.CARD] = {**method[methods.CARD], **card}
    if before := method.change(**fields):
        events.emit(cause, "payment_method.updated", method, before)
    return method.wire


def replace(cause, method: Record) -> None:
    """The bank has sent a new card for the old one, and its network tells Stripe: other digits, another expiry."""
    card = _kept(method)[methods.CARD]
    last4 = f"{(int(card['last4']) + 1111) % 10_000:04}"
    facts = {"last4": last4, "exp_year": clock.today().year + NEW_CARD_LASTS, "fingerprint": methods.fingerprint(last4)}
    _renew(cause, "payment_method.automatically_updated", method, facts)


def expire(cause, method: Record) -> None:
    """Its month is over: the last one, so that it cannot be charged any more."""
    _kept(method)
    today = clock.today()
    month, year = (today.month - 1, today.year) if today.month > 1 else (12, today.year - 1)
    _renew(cause, "payment_method.updated", method, {"exp_month": month, "exp_year": year})


def _renew(cause, told: str, method: Record, facts: dict) -> None:
    card = method[methods.CARD]
    method.change(card={**card, **facts})
    events.emit(cause, told, method, {methods.CARD: {name: card[name] for name in facts}})


def _kept(method: Record) -> Record:
    if method["customer"] is None:
        raise StripeError(
            "You must save this PaymentMethod to a customer before you can update it.",
            code="payment_method_unexpected_state",
        )
    return method
