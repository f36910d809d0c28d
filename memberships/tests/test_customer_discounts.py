"""A discount of a customer takes off what all their subscriptions cost, whatever is told first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.db import connection, transaction
from django.utils import timezone

from billing import stripe_api
from billing.tests.stripe_side import work
from jobs.models import Job
from jobs.registry import run_now
from jobs.tests.workers import wait_for
from memberships import discounts
from memberships.models import CustomerDiscount, Movement, Subscription
from memberships.tests.told import DAY, START, customer_of, subscription_told, tell
from tests.cast import forgotten
from ui import clock

pytestmark = pytest.mark.django_db
HALF = {"id": "half", "percent_off": 50, "amount_off": None, "duration": "forever"}
QUARTER = HALF | {"id": "quarter", "percent_off": 25}


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


@pytest.mark.parametrize("fields", [{"id": "di_2"}, {}])
def test_the_next_takes_the_place_of_the_one_before(member, fields):
    """Switched to another coupon: no word tells that the first one ended, and when the next is over nothing is left."""
    made = subscription_told(customer_of(member), 1200)
    switched = discount_told(member, QUARTER, day=20, **fields)
    words = [
        ("customer.subscription.created", made, START),
        ("customer.discount.created", discount_told(member), START + 10 * DAY),
        ("customer.discount.updated", switched, START + 20 * DAY),
        ("customer.discount.deleted", switched, START + 30 * DAY),
    ]
    for word in words[:3]:
        tell(*word)
    assert Subscription.objects.get().mrr == 9
    for order in permutations(words) if fields else [words]:
        with forgotten():
            for word in order:
                tell(*word)
            assert Subscription.objects.get().mrr == 12
            if fields:
                assert moved() == [(0, "new", 12), (10, "contraction", -6), (20, "expansion", 3), (30, "expansion", 3)]


def test_one_of_some_months_ends_by_itself(member):
    """Though its end is never told."""
    ends = timezone.now().replace(microsecond=0) + timedelta(days=3)
    tell("customer.subscription.created", subscription_told(customer_of(member), 1200), START)
    tell("customer.discount.created", discount_told(member, end=int(ends.timestamp())), START + 10 * DAY)
    assert Subscription.objects.get().mrr == 6
    job = Job.objects.get(kind="memberships.end_discount")
    assert job.run_at == ends
    with clock.standing(ends):
        run_now(job)
    assert Subscription.objects.get().mrr == 12 and Movement.objects.filter(at=ends, amount=6).exists()


def test_a_coupon_that_was_changed_meanwhile_is_not_what_was_asked_for(member, monkeypatch):
    tell("customer.discount.created", discount_told(member, "half"), START)

    def answer(*asked):
        tell("customer.discount.updated", discount_told(member, QUARTER), START + DAY)
        return HALF

    monkeypatch.setattr(stripe_api, "call", answer)
    discounts.ask_coupon(CustomerDiscount.objects.get())
    assert CustomerDiscount.objects.get().terms["percent"] == "25"


@pytest.mark.parametrize("first", ["subscription", "discount"])
def test_two_words_at_once_know_of_each_other(committed_db, make_people, first):
    """One worker has not committed yet what the other one is told."""
    (member,) = make_people("")
    words = [
        ("customer.subscription.created", subscription_told(customer_of(member), 1200), START),
        ("customer.discount.created", discount_told(member, day=0), START),
    ]
    one, other = words if first == "subscription" else reversed(words)

    def elsewhere():
        try:
            return tell(*other).state
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            tell(*one)
            told = pool.submit(elsewhere)
            wait_for(lambda: told.done() or _somebody_waits(), 10)
        assert told.result() == "applied"
    assert Subscription.objects.get().mrr == 6


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0
