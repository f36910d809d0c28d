"""The balance and its transactions: what each payment and refund did to the money at Stripe."""

from decimal import ROUND_HALF_UP, Decimal

from stripesandbox import clock, records
from stripesandbox.models import Record, now

FEE_RATE, FEE_FIXED = Decimal("0.029"), 30
DAYS_UNTIL_AVAILABLE = 2
REPORTING = {"charge": "charge", "payment": "charge", "refund": "refund", "payment_refund": "refund"}


def fee_of(amount: int) -> int:
    """Stripe's standard price in the United States: 2.9 % + 30¢."""
    return int((amount * FEE_RATE).quantize(Decimal(1), ROUND_HALF_UP)) + FEE_FIXED


def add_transaction(
    type: str,
    amount: int,
    source: str,
    *,
    fee: int = 0,
    fee_for: str = "Stripe processing fees",
    category: str | None = None,
    at_once: bool = False,
    description: str | None = None,
) -> Record:
    """Book money in or out, in cents. What comes in is available after two days, unless it is there `at_once`."""
    created = now()
    waits = amount > 0 and not at_once
    return records.add(
        "balance_transaction",
        "txn",
        {
            "amount": amount,
            "available_on": created + DAYS_UNTIL_AVAILABLE * 86400 if waits else created,
            "balance_type": "payments",
            "created": created,
            "currency": "usd",
            "description": description,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [_stripe_fee(fee, fee_for)] if fee else [],
            "net": amount - fee,
            "reporting_category": category or REPORTING.get(type, type),
            "source": source,
            "status": "pending" if waits else "available",
            "type": type,
        },
    )


def _stripe_fee(fee: int, description: str) -> dict:
    return {
        "amount": fee,
        "application": None,
        "currency": "usd",
        "description": description,
        "type": "stripe_fee",
    }


def as_of_now(transaction: dict) -> dict:
    """Pending until it is available, then available: a state that nobody has to write."""
    state = "available" if transaction["available_on"] <= clock.seconds() else "pending"
    return {**transaction, "status": state}


def sums() -> dict:
    """Cents that are available, and cents that will be."""
    totals = {"available": 0, "pending": 0}
    for record in records.of("balance_transaction").iterator():
        totals[as_of_now(record.wire)["status"]] += record["net"]
    return totals


def balance(cause, params) -> dict:
    """GET /v1/balance"""
    totals = sums()
    return {
        "object": "balance",
        "available": [_in_cards(totals["available"])],
        "livemode": False,
        "pending": [_in_cards(totals["pending"])],
        "refund_and_dispute_prefunding": {
            "available": [{"amount": 0, "currency": "usd"}],
            "pending": [{"amount": 0, "currency": "usd"}],
        },
    }


def _in_cards(amount: int) -> dict:
    return {"amount": amount, "currency": "usd", "source_types": {"card": amount}}
