"""Whatever the order, the repetition or the delay of Stripe's words about Premium: the same stands at the end."""

import random
from decimal import Decimal

import pytest

from billing import stripe_api, stripe_events
from billing.models import StripeEvent
from jobs.models import Job
from ledger.queries import account_balance, balances
from memberships import invoice_events
from memberships.models import Enrolment, FailedAttempt, Invoice, MoneyBack, Movement, Subscription
from memberships.tests.told import (
    DAY,
    START,
    customer_of,
    dispute_told,
    invoice_told,
    make_price,
    refund_told,
    subscription_told,
    tell,
)
from tests.cast import forgotten

pytestmark = pytest.mark.django_db


def life(member) -> list[tuple]:
    """Begun, switched to a year, paid back in part, not renewed, recovered, disputed, ended: as Stripe tells it."""
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
    switch = invoice_told(
        member, 11_400, (-600, month), (12_000, year), id="in_s", billing_reason="subscription_update"
    )
    declined = {"id": "ch_no", "object": "charge", "payment_intent": "pi_in_2", "amount": 12_000}
    declined |= {"customer": customer, "currency": "usd", "description": "Subscription update"}
    declined |= {"failure_code": "card_declined"}
    first, second = (Invoice(payment_intent_id=f"pi_{key}") for key in ("in_1", "in_2"))
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
        ("invoice.paid", switch, START + DAY),
        ("charge.failed", declined, START + 31 * DAY),
        ("refund.created", refund_told(first, 300, START + 2 * DAY, id="re_1"), START + 2 * DAY),
        ("charge.dispute.created", dispute_told(second, -12_000, at=START + 35 * DAY, amount=12_000), START + 35 * DAY),
    ]


def payment_of(resource: str, method: str, *asked) -> dict:
    """Which payment pays an invoice; Stripe has no fee yet."""
    if resource == "invoice_payments":
        return {"data": [{"status": "paid", "payment": {"payment_intent": f"pi_{asked[0]['invoice']}"}}]}
    assert (resource, method) == ("payment_intents", "retrieve")
    return {"id": asked[0], "latest_charge": None}


def ends(member, order, again=()) -> dict:
    with forgotten():
        words = life(member)
        for number in [*order, *again]:
            assert tell(*words[number]).state in ("applied", "waiting")
            for row in Invoice.objects.all():
                assert invoice_events.look_at_payment(row) == (row.status != "paid")
        for waiting in StripeEvent.objects.filter(state="waiting"):
            stripe_events.apply_event(waiting.pk)
        moved = {}
        for row in Movement.objects.all():
            moved[row.at, row.kind] = moved.get((row.at, row.kind), Decimal(0)) + row.amount
        fields = ("status", "amount", "mrr", "period_end", "ended_at", "grace_until", "heard_at", "is_double")
        billed = ("status", "cash", "credit", "credit_back", "attempts", "recognised", "refunded")
        return {
            "subscription": Subscription.objects.values_list(*fields).get(),
            "versions": set(Subscription.objects.get().versions.values_list("at", "rank", "mrr")),
            "moved": {key: amount for key, amount in moved.items() if amount},
            "invoices": list(Invoice.objects.order_by("stripe_id").values_list(*billed)),
            "back": set(MoneyBack.objects.values_list("stripe_id", "invoice__stripe_id", "amount", "is_booked")),
            "enrolment": Enrolment.objects.values_list("status", "subscription_id").get(),
            "credit": balances(member).granted,
            "stripe": account_balance("stripe"),
            "failed": list(FailedAttempt.objects.values_list("member", "amount", "code")),
            "events": StripeEvent.objects.exclude(state="applied").count(),
        }


@pytest.mark.parametrize("count", [2, pytest.param(2000, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_any_order_ends_the_same(member, count, monkeypatch):
    monkeypatch.setattr(stripe_api, "call", payment_of)  # nobody may need to ask for anything else
    monkeypatch.setattr(Job, "enqueue", lambda *job, **when: None)
    chance = random.Random(count)
    with forgotten():
        words = len(life(member))
    inline = ends(member, range(words))
    assert inline["credit"] == Decimal("61.25") and inline["stripe"] == 12 + 114 + 120 - 3 - 120 - 15
    assert len(inline["back"]) == 2 and len(inline["failed"]) == 1 and inline["events"] == 0
    kinds = sorted(kind for _, kind in inline["moved"])
    assert kinds == ["churn", "contraction", "new"] and sum(inline["moved"].values()) == 0
    orders = [chance.sample(range(words), words) for _ in range(count)]
    for order in [tuple(reversed(range(words))), *orders]:
        again = chance.sample(range(words), 3)
        assert ends(member, order, again) == inline, (order, again)
