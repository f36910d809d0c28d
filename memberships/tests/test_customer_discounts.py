"""A discount of a customer takes off what all their subscriptions cost, whatever is told first."""

from decimal import Decimal
from itertools import permutations

import pytest

from billing import stripe_api
from billing.tests.stripe_side import work
from memberships.models import Movement, Subscription
from memberships.tests.told import DAY, START, customer_of, subscription_told, tell
from tests.cast import forgotten

pytestmark = pytest.mark.django_db
HALF = {"id": "half", "percent_off": 50, "amount_off": None, "duration": "forever"}


def discount_told(member, coupon=HALF, day=10, **fields) -> dict:
    told = {"id": "di_1", "object": "discount", "customer": customer_of(member), "subscription": None}
    return told | {"source": {"type": "coupon", "coupon": coupon}, "start": START + day * DAY, "end": None} | fields


def moved() -> list[tuple[int, str, Decimal]]:
    """(day, kind, amount) of what stands, in time."""
    sums = {}
    for row in Movement.objects.order_by("at", "pk"):
        key = (int(row.at.timestamp()) - START) // DAY, row.kind
        sums[key] = sums.get(key, 0) + row.amount
    return [(*key, amount) for key, amount in sums.items() if amount]


def test_it_counts_from_its_start_until_it_is_taken_away(member):
    """In any order: made, discounted, renewed with another card, taken away."""
    made = subscription_told(customer_of(member), 1200)
    renewed = made | {"default_payment_method": None, "metadata": {}, "cancel_at": START + 90 * DAY}
    words = [
        ("customer.subscription.created", made, START),
        ("customer.discount.created", discount_told(member), START + 10 * DAY),
        ("customer.subscription.updated", renewed, START + 20 * DAY),
        ("customer.discount.deleted", discount_told(member), START + 30 * DAY),
    ]
    for order in permutations(words):
        with forgotten():
            for word in order:
                assert tell(*word).state == "applied"
            assert Subscription.objects.get().mrr == 12
            assert moved() == [(0, "new", 12), (10, "contraction", -6), (30, "expansion", 6)]
    for word in words[:3]:
        tell(*word)
    assert Subscription.objects.get().mrr == 6
    tell(*words[1])
    assert len(moved()) == Movement.objects.count() == 2, "told twice"


def test_an_event_names_its_coupon_only(member, monkeypatch):
    tell("customer.subscription.created", subscription_told(customer_of(member), 1200), START)
    tell("customer.discount.created", discount_told(member, "half"), START + 10 * DAY)
    assert Subscription.objects.get().mrr == 12
    monkeypatch.setattr(stripe_api, "call", lambda *asked: {("coupons", "retrieve", "half"): HALF}[asked])
    work(1)
    assert Subscription.objects.get().mrr == 6


def test_a_subscription_with_a_discount_of_its_own_has_that_alone(member):
    own = {"id": "di_own", "source": {"coupon": HALF | {"percent_off": 25}}}
    tell("customer.subscription.created", subscription_told(customer_of(member), 1200, discounts=[own]), START)
    tell("customer.discount.created", discount_told(member), START + 10 * DAY)
    assert Subscription.objects.get().mrr == 9
