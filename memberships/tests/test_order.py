"""Whatever the order, the repetition or the delay of Stripe's words about Premium: the same stands at the end."""

import random
from decimal import Decimal

import pytest

from billing import stripe_api
from billing.models import StripeEvent
from jobs.models import Job
from ledger.queries import account_balance, balances
from memberships.models import Enrolment, FailedAttempt, Invoice, Movement, Subscription
from memberships.tests.told import DAY, START, customer_of, invoice_told, make_price, subscription_told, tell
from tests.cast import forgotten

pytestmark = pytest.mark.django_db


def life(member) -> list[tuple]:
    """Subscribed, switched to a year, not renewed, recovered, ended: what Stripe tells, and when."""
    customer = customer_of(member)
    month, year = make_price(), make_price("120", "60", "year")
    page = Enrolment.objects.create(member=member, price=month, session_id="cs_1", status="open")
    named = {"metadata": {"enrolment": str(page.public_id)}}
    session = {"id": "cs_1", "object": "checkout.session", "mode": "subscription", "status": "complete", **named}
    yearly = {"cents": 12_000, "interval": "year", **named}
    ended = {"status": "canceled", "ended_at": START + 40 * DAY}
    unpaid = invoice_told(member, 12_000, (12_000, year), id="in_2", billing_reason="subscription_cycle")
    unpaid |= {"status": "open", "amount_paid": 0, "status_transitions": {"paid_at": None}}
    recovered = unpaid | {"status": "paid", "amount_paid": 12_000, "attempt_count": 2}
    return [
        ("checkout.session.completed", session | {"subscription": "sub_1"}, START),
        ("customer.subscription.created", subscription_told(customer, **named), START + 1),
        ("customer.subscription.updated", subscription_told(customer, **yearly), START + DAY),
        ("customer.subscription.updated", subscription_told(customer, **yearly, status="past_due"), START + 31 * DAY),
        ("customer.subscription.updated", subscription_told(customer, **yearly), START + 32 * DAY),
        ("customer.subscription.deleted", subscription_told(customer, **yearly, **ended), START + 40 * DAY),
        ("invoice.paid", invoice_told(member, 1200, (1200, month), id="in_1"), START + 1),
        ("invoice.payment_failed", unpaid, START + 31 * DAY),
        ("invoice.paid", recovered | {"status_transitions": {"paid_at": START + 32 * DAY}}, START + 32 * DAY),
    ]


def ends(member, order, again=()) -> dict:
    with forgotten():
        words = life(member)
        for number in [*order, *again]:
            assert tell(*words[number]).state == "applied"
        moved = {}
        for row in Movement.objects.all():
            moved[row.at, row.kind] = moved.get((row.at, row.kind), Decimal(0)) + row.amount
        fields = ("status", "amount", "mrr", "period_end", "ended_at", "grace_until", "heard_at", "is_double")
        return {
            "subscription": Subscription.objects.values_list(*fields).get(),
            "versions": set(Subscription.objects.get().versions.values_list("at", "rank", "mrr")),
            "moved": {key: amount for key, amount in moved.items() if amount},
            "invoices": list(Invoice.objects.order_by("stripe_id").values_list("status", "cash", "credit", "attempts")),
            "enrolment": Enrolment.objects.values_list("status", "subscription_id").get(),
            "credit": balances(member).granted,
            "stripe": account_balance("stripe"),
            "failed": FailedAttempt.objects.count(),
            "events": StripeEvent.objects.exclude(state="applied").count(),
        }


@pytest.mark.parametrize("count", [2, pytest.param(2000, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_any_order_ends_the_same(member, count, monkeypatch):
    monkeypatch.setattr(stripe_api, "call", None)  # nobody may need to ask
    monkeypatch.setattr(Job, "enqueue", lambda *job, **when: None)
    chance = random.Random(count)
    inline = ends(member, range(9))
    assert inline["credit"] == 65 and inline["stripe"] == 132
    kinds = sorted(kind for _, kind in inline["moved"])
    assert kinds == ["churn", "contraction", "new"] and sum(inline["moved"].values()) == 0
    for order in [tuple(reversed(range(9))), *(tuple(chance.sample(range(9), 9)) for _ in range(count))]:
        again = chance.sample(range(9), 3)
        assert ends(member, order, again) == inline, (order, again)
