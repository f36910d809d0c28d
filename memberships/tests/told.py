"""What Stripe tells of Premium, as the pinned version writes it, and events around it that are applied at once."""

import time
import uuid
from datetime import UTC, datetime

from billing import stripe_events
from billing.models import StripeCustomer, StripeEvent
from billing.tests.make import store_event
from memberships.models import Invoice, Price

START = int(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp())
DAY = 86_400


def make_price(amount="12", credit="5", interval="month") -> Price:
    fields = {"amount": amount, "credit": credit, "interval": interval}
    return Price.objects.get_or_create(
        **fields, defaults={"stripe_id": f"price_{interval}_{amount}", "product_id": "prod_1"}
    )[0]


def customer_of(member) -> str:
    """Stripe's id of a member whom it knows."""
    found, _ = StripeCustomer.objects.get_or_create(stripe_id=f"cus_{member.pk}", defaults={"member": member})
    return found.stripe_id


def subscription_told(customer: str, cents=1200, interval="month", *, at: int = START, **fields) -> dict:
    """One that runs since `at`, of a product of ours."""
    product = _product()
    recurring = {"interval": interval, "interval_count": 1}
    price = {"id": f"price_{interval}", "product": product, "recurring": recurring, "unit_amount_decimal": str(cents)}
    period = {"current_period_start": at, "current_period_end": at + 30 * DAY}
    empty = ("canceled_at", "ended_at", "pause_collection", "default_payment_method", "cancel_at")
    told = {"id": "sub_1", "customer": customer, "metadata": {}, "livemode": False, "currency": "usd"}
    told |= {"status": "active", "start_date": at, "cancel_at_period_end": False, "discounts": []}
    items = {"data": [{"price": price, "quantity": 1, **period}]}
    return told | dict.fromkeys(empty) | {"object": "subscription", "items": items} | fields


def invoice_told(member, cents=1200, *lines, tax=0, days=28, **fields) -> dict:
    """A paid invoice of a first period. A line is (cents, price)."""
    customer, product = customer_of(member), _product()
    period = {"start": START, "end": START + days * DAY}
    total = fields.get("total", cents)
    told = {
        "id": f"in_{uuid.uuid4().hex}",
        "object": "invoice",
        "livemode": False,
        "currency": "usd",
        "customer": customer,
        "status": "paid",
        "billing_reason": "subscription_create",
        "number": "POEM-0001",
        "total": total,
        "amount_due": cents,
        "amount_paid": cents,
        "attempt_count": 1,
        "next_payment_attempt": None,
        "created": START,
        "hosted_invoice_url": None,
        "customer_address": None,
        "period_start": START,
        "period_end": START,
        "total_taxes": [{"amount": tax}] if tax else [],
        "parent": {"subscription_details": {"subscription": "sub_1", "metadata": {}}},
        "lines": {"data": [_line(product, period, *line) for line in lines or [(total, None)]]},
        "status_transitions": {"paid_at": START},
    }
    return told | fields


def _product() -> str:
    """That of Premium, at whatever price the test sells it."""
    return (Price.objects.exclude(product_id="").first() or make_price()).product_id


def _line(product: str, period: dict, cents: int, price: Price | None) -> dict:
    """Without a price, of one that is not known here: it comes with no credit."""
    details = {"price": price.stripe_id if price else "price_unknown", "product": product}
    kind = "subscription_item_details"
    parent = {"type": kind, kind: {"proration": cents < 0}}
    return {"amount": cents, "quantity": 1, "period": period, "parent": parent, "pricing": {"price_details": details}}


def tell(type_: str, thing: dict, at: int | None = None) -> StripeEvent:
    """The event, stored and applied."""
    event = store_event(type_, thing, created=at or int(time.time()))
    return stripe_events.apply_event(event.pk)


def paid(member, cents=1200, *lines, **fields) -> Invoice:
    """An invoice whose payment is known, as after `memberships.look_at_payment`."""
    told = invoice_told(member, cents, *lines, **fields)
    assert tell("invoice.paid", told).state == "applied"
    Invoice.objects.filter(stripe_id=told["id"]).update(payment_intent_id=f"pi_{told['id']}")
    return Invoice.objects.get(stripe_id=told["id"])


def refund_told(invoice, cents, at: int = START + DAY, *, status="succeeded", **fields) -> dict:
    refund = {"id": f"re_{uuid.uuid4().hex}", "object": "refund", "amount": cents, "currency": "usd", "status": status}
    refund |= {"reason": "requested_by_customer", "payment_intent": invoice.payment_intent_id, "charge": "ch_1"}
    return refund | {"balance_transaction": "txn_1", "created": at} | fields


def dispute_told(invoice, *moved: int, status="needs_response", at: int = START + DAY, **fields) -> dict:
    """A dispute; `moved` are the cents that the bank took (negative) and gave back."""
    key = fields.pop("id", "du_1")
    moves = [
        {"id": f"txn_{key}_{number}", "amount": cents, "fee": 1500 if cents < 0 else 0, "currency": "usd"}
        | {"created": at, "source": key}
        for number, cents in enumerate(moved)
    ]
    evidence = {"due_by": at + 9 * DAY, "has_evidence": False, "submission_count": 0}
    dispute = {"id": key, "object": "dispute", "amount": 1200, "currency": "usd", "status": status}
    dispute |= {"reason": "fraudulent", "payment_intent": invoice.payment_intent_id, "charge": "ch_1"}
    return dispute | {"balance_transactions": moves, "evidence_details": evidence, "created": at} | fields
