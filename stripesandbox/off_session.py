"""A saved card that is charged while its owner is not there: https://docs.stripe.com/payments/save-during-payment."""

from stripesandbox import cards, customers, intents, methods, payments, records, renewals
from stripesandbox.errors import Refused, StripeError, unsupported

KNOWN = {
    *("allowed_payment_method_types", "amount", "confirm", "currency", "customer", "description", "metadata"),
    *("off_session", "payment_method", "receipt_email"),
}
LEAST = 50


def create(cause, params):
    """POST /v1/payment_intents: confirmed at once, off session; a card that is refused answers 402, and is there."""
    if others := sorted(set(params) - KNOWN):
        raise unsupported(others[0], others[0])
    if not (params.get("confirm") and params.get("off_session")):
        raise unsupported("a PaymentIntent that is not confirmed off session", "off_session")
    if params["currency"] != "usd":
        raise unsupported(f"the currency {params['currency']}", "currency")
    if params["amount"] < LEAST:
        raise StripeError("Amount must be at least $0.50 usd", code="amount_too_small", param="amount")
    method = _method(params)
    customer = customers.live(params["customer"], "customer")
    asked = {"amount": params["amount"], "customer": customer.id, "kinds": [methods.CARD]}
    intent = intents.make(cause, params, {"saved": method.id}, **asked)
    card = renewals.unattended(method)
    if card.result == cards.DECLINE:
        payments.decline(cause, intent, method, card)
        told = intent["last_payment_error"]
        words = {name: told.get(name) for name in ("code", "decline_code", "advice_code", "charge", "payment_method")}
        raise Refused(card.message, intent=intent.wire, **words)
    payments.book(cause, payments.succeed(cause, intent, method))
    return intent.wire


def _method(params: dict):
    if not params.get("payment_method"):
        raise StripeError(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    method = records.get("payment_method", params["payment_method"], "payment_method")
    if method["customer"] is None:
        raise StripeError(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was "
            "detached from a Customer, and may not be used again.",
            code="payment_method_unexpected_state",
            param="payment_method",
        )
    if not params.get("customer"):
        raise StripeError(
            f"The PaymentMethod {method.id} belongs to the Customer {method['customer']}. Please include the Customer "
            "in the `customer` parameter on the PaymentIntent.",
            param="customer",
        )
    if method["customer"] != params["customer"]:
        raise StripeError("The PaymentMethod does not belong to the Customer you supplied.", param="payment_method")
    return method
