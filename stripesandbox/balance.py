"""The balance and its transactions: what each payment and refund did to the money at Stripe."""

import time
from decimal import ROUND_HALF_UP, Decimal

from stripesandbox import records
from stripesandbox.models import Record, now

FEE_RATE, FEE_FIXED = Decimal("0.029"), 30
DAYS_UNTIL_AVAILABLE = 2
REPORTING = {"charge": "charge", "payment": "charge", "refund": "refund", "payment_refund": "refund"}


def fee_of(amount: int) -> int:
    """Stripe's standard price in the United States: 2.9 % + 30¢."""
    return int((amount * FEE_RATE).quantize(Decimal(1), ROUND_HALF_UP)) + FEE_FIXED


def add_transaction(type: str, amount: int, source: str, *, fee: int = 0, description: str | None = None) -> Record:
    """Book money in or out, in cents."""
    created = now()
    return records.add(
        "balance_transaction",
        "txn",
        {
            "amount": amount,
            "available_on": created + DAYS_UNTIL_AVAILABLE * 86400 if amount > 0 else created,
            "balance_type": "payments",
            "created": created,
            "currency": "usd",
            "description": description,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [_stripe_fee(fee)] if fee else [],
            "net": amount - fee,
            "reporting_category": REPORTING.get(type, type),
            "source": source,
            "status": "pending" if amount > 0 else "available",
            "type": type,
        },
    )


def _stripe_fee(fee: int) -> dict:
    return {
        "amount": fee,
        "application": None,
        "currency": "usd",
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }


def as_of_now(transaction: dict) -> dict:
    """Pending until it is available, then available: a state that nobody has to write."""
    state = "available" if transaction["available_on"] <= time.time() else "pending"
    return {**transaction, "status": state}


def balance(cause, params) -> dict:
    """GET /v1/balance"""
    sums = {"available": 0, "pending": 0}
    for record in records.of("balance_transaction").iterator():
        sums[as_of_now(record.wire)["status"]] += record["net"]
    return {
        "object": "balance",
        "available": [_in_cards(sums["available"])],
        "livemode": False,
        "pending": [_in_cards(sums["pending"])],
        "refund_and_dispute_prefunding": {
            "available": [{"amount": 0, "currency": "usd"}],
            "pending": [{"amount": 0, "currency": "usd"}],
        },
    }


def _in_cards(amount: int) -> dict:
    return {"amount": amount, "currency": "usd", "source_types": {"card": amount}}
