"""Charges: one attempt to take the money, and what became of it."""

from django.conf import settings

from stripesandbox import cards, methods, records
from stripesandbox.models import Record, new_id

UNUSED = records.blank(
    "application application_fee application_fee_amount balance_transaction failure_balance_transaction "
    "on_behalf_of receipt_number review shipping source source_transfer statement_descriptor "
    "statement_descriptor_suffix transfer_data transfer_group"
)
NETWORK_MESSAGE = "The bank did not return any further details with this decline."


def add(intent: Record, method: Record, status: str, *, card=None, challenged=False) -> Record:
    """A charge that succeeded, failed (then `card` tells why) or is pending."""
    id = new_id("ch" if method["type"] == methods.CARD else "py")
    succeeded = status == "succeeded"
    details = methods.details_on_charge(method, challenged=challenged, approved=succeeded)
    if succeeded and method["type"] == methods.CARD:
        details["card"]["amount_authorized"] = intent["amount"]
    return records.add(
        "charge",
        "ch",
        {
            **UNUSED,
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if status != "failed" else 0,
            "amount_refunded": 0,
            "billing_details": dict(method["billing_details"]),
            "calculated_statement_descriptor": "SANDBOX" if method["type"] == methods.CARD else None,
            "captured": status != "failed",
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_code": card.code if card else None,
            "failure_message": card.message if card else None,
            "fraud_details": {},
            "metadata": dict(intent["metadata"]),
            "outcome": _outcome(status, card),
            "paid": succeeded,
            "payment_intent": intent.id,
            "payment_method": method.id,
            "payment_method_details": details,
            "radar_options": {},
            "receipt_email": intent["receipt_email"],
            "receipt_url": receipt_url(id) if succeeded else None,
            "refunded": False,
            "status": status,
        },
        id=id,
        private={name: method.private.get(name) for name in ("refund", "afterwards", "available_at_once")},
    )


def receipt_url(id: str) -> str:
    """The page that the customer may print."""
    return f"{settings.SANDBOX_URL}/receipts/{id}"


def _outcome(status: str, card: cards.TestCard | None) -> dict:
    outcome = {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "Payment complete." if status == "succeeded" else None,
        "type": "authorized",
    }
    if card:
        outcome |= {
            "advice_code": card.advice,
            "network_decline_code": "01",
            "network_status": "declined_by_network",
            "reason": card.decline_code,
            "seller_message": NETWORK_MESSAGE,
            "type": "issuer_declined",
        }
    if card and card.blocked:
        outcome |= {
            "network_decline_code": None,
            "network_status": "not_sent_to_network",
            "reason": "highest_risk_level",
            "risk_level": "highest",
            "risk_score": 90,
            "seller_message": "Stripe blocked this payment as too risky.",
            "type": "blocked",
        }
    return outcome


def update(cause, params, id):
    """POST /v1/charges/:id"""
    from stripesandbox import events

    charge = records.get("charge", id)
    fields = {name: params[name] or None for name in ("description", "receipt_email") if name in params}
    fields["metadata"] = records.merge_metadata(charge["metadata"], params.get("metadata"))
    if before := charge.change(**fields):
        events.emit(cause, "charge.updated", charge, before)
    return charge.wire
