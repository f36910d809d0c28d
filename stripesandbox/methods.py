"""Payment methods: the card or bank account that was typed on the Checkout page, without its number."""

import hashlib
from dataclasses import asdict, dataclass

from stripesandbox import cards, clock, events, lists, records
from stripesandbox.errors import StripeError
from stripesandbox.models import Record

CARD, BANK = "card", "us_bank_account"
TOKENS = {
    "pm_card_visa": "pay",
    "pm_card_mastercard": "mastercard",
    "pm_card_chargeCustomerFail": "fails_later",
    "pm_card_chargeDeclined": "decline",
    "pm_card_authenticationRequired": "challenge_always",
}


@dataclass(frozen=True)
class Payer:
    """What the customer typed on the Checkout page."""

    email: str
    name: str = ""
    method: str = CARD
    number: str = "4242424242424242"
    exp_month: int = 12
    exp_year: int = 2034
    country: str = "US"

    @property
    def card(self) -> cards.TestCard:
        return cards.behaviour(self.number)


def add(payer: Payer, customer: str | None) -> Record:
    """Keep the payment method; only its last four digits stay."""
    facts = _card(payer) if payer.method == CARD else _bank()
    return records.add(
        "payment_method",
        "pm",
        {
            "allow_redisplay": "limited",
            "billing_details": {**billing_details(payer), "tax_id": None},
            payer.method: facts,
            "customer": customer,
            "customer_account": None,
            "metadata": {},
            "type": payer.method,
        },
        private=asdict(payer.card) if payer.method == CARD else {"refund": "pending"},
    )


def attach(cause, method: Record, customer: str) -> None:
    """The customer keeps it for later."""
    method.change(customer=customer, allow_redisplay="always")
    events.emit(cause, "payment_method.attached", method)


def attach_by_id(cause, params, id):
    """POST /v1/payment_methods/:id/attach; Stripe's `pm_card_visa` and its like become a card of their own."""
    from stripesandbox import customers

    customer = customers.live(params["customer"], "customer")
    if id in TOKENS:
        payer = Payer(email=customer["email"] or "", number=cards.NUMBERS[TOKENS[id]])
        method = add(payer, None)
    else:
        method = records.get("payment_method", id)
    if method["customer"] not in (None, customer.id):
        raise StripeError("The payment method you provided has already been attached to a customer.")
    if method.private.get("result") == cards.DECLINE and not method.private["attaches"]:
        raise StripeError(method.private["message"], status=402, type="card_error", code=method.private["code"])
    attach(cause, method, customer.id)
    return method.wire


def detach_by_id(cause, params, id):
    """POST /v1/payment_methods/:id/detach: for good; it can be charged by nobody any more."""
    method = records.get("payment_method", id)
    if method["customer"] is None:
        raise StripeError(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            code="payment_method_unexpected_state",
        )
    before = method.change(customer=None)
    method.private["detached"] = True
    method.save(update_fields=["private"])
    events.emit(cause, "payment_method.detached", method, before)
    return method.wire


def of_customer(cause, params, id):
    """GET /v1/customers/:id/payment_methods"""
    rows = records.of("payment_method", customer=id, type=params.get("type"))
    return lists.page(rows, params, f"/v1/customers/{id}/payment_methods")


def has_expired(method: Record) -> bool:
    """A card is good until the end of its month."""
    facts, today = method.wire.get(CARD), clock.today()
    return facts is not None and (facts["exp_year"], facts["exp_month"]) < (today.year, today.month)


def billing_details(payer: Payer) -> dict:
    """Name and address as charges and payment methods carry them."""
    address = records.blank("city country line1 line2 postal_code state")
    return {
        "address": {**address, "country": payer.country},
        "email": payer.email,
        "name": payer.name or None,
        "phone": None,
    }


def fingerprint(number: str) -> str:
    """The same for the same number, as Stripe's is."""
    return hashlib.sha256(f"sandbox card {number}".encode()).hexdigest()[:16]


def _card(payer: Payer) -> dict:
    return {
        "brand": payer.card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": payer.card.brand,
        "exp_month": payer.exp_month,
        "exp_year": payer.exp_year,
        "fingerprint": fingerprint(payer.number),
        "funding": "credit",
        "generated_from": None,
        "last4": payer.number[-4:],
        "networks": {"available": [payer.card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def _bank() -> dict:
    return {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": fingerprint("000123456789"),
        "last4": "6789",
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": "110000000",
        "status_details": {},
    }


def details_on_charge(payer_method: Record, *, challenged: bool, approved: bool) -> dict:
    """payment_method_details: the method as it was when it was charged."""
    kind = payer_method["type"]
    facts = payer_method[kind]
    if kind == BANK:
        kept = ("account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number")
        own = {"expected_debit_date": None, "mandate": None, "payment_reference": None}
        return {BANK: {**{name: facts[name] for name in kept}, **own}, "type": BANK}
    kept = (
        "brand",
        "checks",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "regulated_status",
    )
    return {
        CARD: {
            **{name: facts[name] for name in kept},
            "amount_authorized": None,
            "extended_authorization": {"status": "disabled"},
            "incremental_authorization": {"status": "unavailable"},
            "installments": None,
            "mandate": None,
            "multicapture": {"status": "unavailable"},
            "network": facts["brand"],
            "network_token": {"used": False},
            "network_transaction_id": facts["fingerprint"][:15] if approved else None,
            "overcapture": {"maximum_amount_capturable": 0, "status": "unavailable"},
            "three_d_secure": _challenge() if challenged else None,
            "wallet": None,
        },
        "type": CARD,
    }


def _challenge() -> dict:
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }
