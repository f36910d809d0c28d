"""Plain make functions: rows as the webhook leaves them."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from memberships.models import FailedAttempt, Invoice, Subscription


def make_subscription(member, amount="12", *, since=timedelta(days=3), **fields) -> Subscription:
    """One that runs by the month."""
    start = timezone.now() - since
    defaults = {
        "stripe_id": f"sub_{uuid.uuid4().hex}",
        "customer_id": f"cus_{member.pk}",
        "status": "active",
        "interval": "month",
        "amount": Decimal(amount),
        "mrr": Decimal(amount),
        "started_at": start,
        "period_start": start,
        "period_end": start + timedelta(days=30),
        "card": "Visa 4242",
        "heard_at": start,
    }
    return Subscription.objects.create(member=member, **(defaults | fields))


def make_invoice(member, amount="12", **fields) -> Invoice:
    """One that was paid."""
    now = timezone.now()
    defaults = {
        "stripe_id": f"in_{uuid.uuid4().hex}",
        "subscription_id_at_stripe": "sub_1",
        "number": "POEM-0001",
        "status": "paid",
        "reason": "subscription_cycle",
        **dict.fromkeys(("total", "due", "cash"), Decimal(amount)),
        "covers_from": now,
        "covers_until": now + timedelta(days=30),
        "created_at": now,
        "paid_at": now,
        "heard_at": now,
    }
    return Invoice.objects.create(member=member, **(defaults | fields))


def make_attempt(invoice, **fields) -> FailedAttempt:
    """The bank said no."""
    said = {"code": "card_declined", "decline_code": "insufficient_funds", "message": "Your card was declined."}
    defaults = {"attempt_id": f"ch_{uuid.uuid4().hex}", "payment_intent_id": "pi_1", "amount": invoice.due, **said}
    return FailedAttempt.objects.create(invoice=invoice, member=invoice.member, **(defaults | fields))
