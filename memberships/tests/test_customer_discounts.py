"""A discount of a customer takes off what all their subscriptions cost, whatever is told first."""

import importlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from alerts.models import Alert
from billing import stripe_api, stripe_events
from billing.models import StripeEvent
from billing.tests.make import store_event
from billing.tests.stripe_side import work
from jobs.models import Job
from jobs.registry import run_now
from jobs.tests.workers import somebody_waits
from memberships import checkout, discounts, ending, subscription_events
from memberships.models import CustomerDiscount, Movement, Subscription
from memberships.tests.told import DAY, START, customer_of, make_price, subscription_told, tell
from tests.cast import forgotten
from tests.waiting import wait_until
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


@pytest.mark.parametrize("day", [10, 20, None])
def test_an_event_names_its_coupon_only(member, monkeypatch, day):
    """Who has it keeps what it took off, though the coupon was made again under its id; who has the next one does not
    tell.
    """
    made_again = QUARTER | {"id": "half"}
    had, coupon = (HALF, made_again) if day == 10 else (made_again, HALF)
    told = {"customers": {"discount": day and discount_told(member, had, day)}, "coupons": coupon}
    tell("customer.subscription.created", subscription_told(customer_of(member), 1200), START)
    tell("customer.discount.created", discount_told(member, "half"), START + 10 * DAY)
    assert Subscription.objects.get().mrr == 12
    monkeypatch.setattr(stripe_api, "call", lambda what, *_: told[what])
    work(1)
    assert Subscription.objects.get().mrr == 6


def test_an_event_that_only_names_its_own_makes_up_no_movement(member):
    """Whether the answer came before it or after."""

    def told(day, own) -> tuple:
        made = subscription_told(customer_of(member), 1200, discounts=[own], cancel_at=START + (99 + day) * DAY)
        return "customer.subscription.updated", made, START + day * DAY

    bare, whole = "di_own", {"id": "di_own", "source": {"coupon": HALF}}
    for order in permutations([told(0, bare), told(10, bare), told(20, whole), told(30, bare)]):
        with forgotten():
            for word in order:
                tell(*word)
            assert moved() == [(0, "new", 6)]
            assert ending.next_charge(Subscription.objects.get()) == 6
    tell(*told(0, whole))
    tell(*told(30, bare))
    assert Movement.objects.count() == 1 and Subscription.objects.get().mrr == 6


def test_a_subscription_with_a_discount_of_its_own_has_that_alone(member):
    own = {"id": "di_own", "source": {"coupon": HALF | {"percent_off": 25}}}
    tell("customer.subscription.created", subscription_told(customer_of(member), 1200, discounts=[own]), START)
    tell("customer.discount.created", discount_told(member), START + 10 * DAY)
    assert Subscription.objects.get().mrr == 9


@pytest.mark.parametrize("fields", [{"id": "di_2"}, {}, {"start": START + 10 * DAY}])
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
    stretches = [(10, "contraction", -6), (20, "expansion", 3), (30, "expansion", 3)]
    if "start" in fields:  # then Stripe itself says that it is the second coupon since the first day
        stretches = [(10, "contraction", -3), (30, "expansion", 3)]
    for order in permutations(words):
        with forgotten():
            for word in order:
                tell(*word)
            assert Subscription.objects.get().mrr == 12
            assert moved() == [(0, "new", 12), *stretches]


def test_two_words_of_one_second_end_the_same_in_any_order(member):
    """Whichever of two coupons it is."""
    made = ("customer.subscription.created", subscription_told(customer_of(member), 1200), START)
    both = [("customer.discount.updated", discount_told(member, coupon), START + DAY) for coupon in (HALF, QUARTER)]
    ends = set()
    for order in permutations([made, *both]):
        with forgotten():
            for word in order:
                tell(*word)
            ends.add(Subscription.objects.get().mrr)
    assert len(ends) == 1


def test_back_to_the_first_coupon_is_asked_for_again(member, monkeypatch):
    """Of one id, each time by the name of its coupon only."""
    coupons = {coupon["id"]: coupon for coupon in (HALF, QUARTER)}
    monkeypatch.setattr(stripe_api, "call", lambda what, _, key, *__: coupons[key] if what == "coupons" else {})
    tell("customer.subscription.created", subscription_told(customer_of(member), 1200), START)
    for day, coupon, mrr in ((10, "half", 6), (20, "quarter", 9), (30, "half", 6)):
        tell("customer.discount.updated", discount_told(member, coupon, day), START + day * DAY)
        work(1)
        assert Subscription.objects.get().mrr == mrr


def test_until_a_coupon_is_known_nothing_moves(member):
    """Though what stood before it was taken away, and the subscription is told of meanwhile."""
    made = subscription_told(customer_of(member), 1200)
    tell("customer.subscription.created", made, START)
    tell("customer.discount.created", discount_told(member), START + 10 * DAY)
    tell("customer.discount.created", discount_told(member, "quarter", day=20, id="di_2"), START + 20 * DAY)
    tell("customer.discount.deleted", discount_told(member), START + 20 * DAY)
    tell("customer.subscription.updated", made | {"metadata": {}, "cancel_at": START + 90 * DAY}, START + 25 * DAY)
    still = [(0, "new", 12), (10, "contraction", -6)]
    assert moved() == still and Movement.objects.count() == 2
    CustomerDiscount.objects.filter(stripe_id="di_2").update(terms=discounts.terms_of(QUARTER))
    with transaction.atomic():
        subscription_events.follow_customer(customer_of(member))
    assert moved() == [*still, (20, "expansion", 3)] and Movement.objects.count() == 3


def test_one_of_some_months_ends_by_itself(member):
    """Though its end is never told."""
    ends = timezone.now().replace(microsecond=0) + timedelta(days=3)
    tell("customer.subscription.created", subscription_told(customer_of(member), 1200), START)
    tell("customer.discount.created", discount_told(member, end=int(ends.timestamp())), START + 10 * DAY)
    assert Subscription.objects.get().mrr == 6
    job = Job.objects.get(kind="memberships.end_discount")
    assert job.run_at == ends
    assert run_now(job).state == "new", "PostgreSQL's clock is ahead"
    with clock.standing(ends):
        assert run_now(job).state == "done"
    assert Subscription.objects.get().mrr == 12 and Movement.objects.filter(at=ends, amount=6).exists()


@pytest.mark.parametrize("who", ["customer", "subscription"])
def test_the_next_charge_is_net_of_what_lasts_until_then(member, who):
    """One that ends with the period takes nothing off the renewal; then the customer's takes the place of its own."""
    made = subscription_told(customer_of(member), 1200)
    period_end = made["items"]["data"][0]["current_period_end"]
    for end, costs in ((None, 6), (period_end + 1, 6), (period_end, 12)):
        with forgotten(), clock.standing(subscription_events.when(START + DAY)):
            discount = discount_told(member, day=0, end=end)
            own = {"discounts": [discount]} if who == "subscription" else {}
            tell("customer.subscription.created", made | own, START)
            if who == "customer":
                tell("customer.discount.created", discount, START)
            assert ending.next_charge(Subscription.objects.get()) == costs
            if who == "subscription":
                tell("customer.discount.created", discount_told(member, QUARTER, day=0, id="di_2"), START)
                assert ending.next_charge(Subscription.objects.get()) == (9 if costs == 12 else 6)


@pytest.mark.parametrize("there", [True, False])
def test_what_was_kept_before_its_end_was_is_asked_for_once(member, monkeypatch, there):
    tell("customer.subscription.created", subscription_told(customer_of(member), 1200), START)
    tell("customer.discount.created", discount_told(member), START + 10 * DAY)
    CustomerDiscount.objects.update(heard_at=None)
    ends = timezone.now().replace(microsecond=0) + timedelta(days=3)
    discount = discount_told(member, end=int(ends.timestamp()))
    monkeypatch.setattr(stripe_api, "call", lambda *_: {"id": "cus", "discount": discount if there else None})
    read_again = importlib.import_module("memberships.migrations.0020_read_again")
    for _ in range(2):  # a migration that was stopped begins again
        read_again.ask(apps, connection.schema_editor())
    job = Job.objects.get(kind="memberships.ask_discount")
    assert job.run_at > timezone.now(), "by when nobody runs what was before"
    assert run_now(job).state == "done"
    assert Subscription.objects.get().mrr == (6 if there else 12)
    assert Job.objects.filter(kind="memberships.end_discount", run_at=ends).exists() == there
    assert not CustomerDiscount.objects.filter(heard_at=None).exists()


def test_what_is_kept_by_what_was_before_is_asked_for_when_its_customer_is_told_of(member, monkeypatch):
    """Of two the one that is there stays; an hour later it is asked for again, should that have failed."""
    made = subscription_told(customer_of(member), 1200)
    tell("customer.subscription.created", made, START)
    for told in (discount_told(member, QUARTER), discount_told(member, day=20, id="di_2")):
        tell("customer.discount.created", told, START + DAY)
    CustomerDiscount.objects.update(heard_at=None)
    monkeypatch.setattr(stripe_api, "call", lambda *_: {"id": "cus", "discount": discount_told(member, QUARTER)})
    for hour in (0, 1):
        with clock.standing(timezone.now() + timedelta(hours=hour)), transaction.atomic():
            subscription_events.follow_customer(customer_of(member))
    jobs = Job.objects.filter(kind="memberships.ask_discount")
    assert jobs.count() == 4 and run_now(jobs.first()).state == "done"
    assert CustomerDiscount.objects.get(ended_at=None).stripe_id == "di_1"
    assert not CustomerDiscount.objects.filter(heard_at=None).exists()


def test_no_row_was_ever_without_uniqueness():
    """While the new one was built the old one still held."""
    models = MigrationLoader(None).project_state(("memberships", "0018_one_stretch")).models
    built = models["memberships", "customerdiscount"]
    assert built.fields["stripe_id"].unique and built.options["constraints"][0].name == "memberships_one_stretch"


def test_a_subscriptions_own_are_asked_for_again_with_their_ends(member):
    own = {"id": "di_own", "source": {"coupon": HALF}}
    tell("customer.subscription.created", subscription_told(customer_of(member), discounts=[own]), START)
    importlib.import_module("memberships.migrations.0020_read_again").ask(apps, connection.schema_editor())
    job = Job.objects.get(kind="memberships.ask_subscription")
    assert job.payload["id"] == "sub_1" and job.run_at > timezone.now()


def test_a_coupon_that_was_changed_meanwhile_is_not_what_was_asked_for(member, monkeypatch):
    tell("customer.discount.created", discount_told(member, "half"), START)

    def answer(*asked):
        tell("customer.discount.updated", discount_told(member, QUARTER), START + DAY)
        return HALF

    monkeypatch.setattr(stripe_api, "call", answer)
    discounts.ask_coupon(CustomerDiscount.objects.get())
    percents = CustomerDiscount.objects.order_by("heard_at").values_list("terms__percent", flat=True)
    assert list(percents) == ["50", "25"]


def test_an_answer_waits_for_a_word_that_is_being_kept(committed_db, make_people, monkeypatch):
    """Else the word, which knows no answer, would take it away again."""
    (member,) = make_people("")
    told = "customer.discount.created", discount_told(member, "half"), START + 10 * DAY
    tell(*told)
    row = CustomerDiscount.objects.get()
    monkeypatch.setattr(stripe_api, "call", lambda *_: HALF)

    def answer():
        try:
            discounts.ask_coupon(row)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            discounts.lock(row.customer_id)
            asked = pool.submit(answer)
            wait_until(lambda: asked.done() or somebody_waits(), 10)
            assert not asked.done()
            discounts.keep(told[1], subscription_events.when(START + 11 * DAY))
        asked.result()
    row.refresh_from_db()
    assert row.terms["percent"] == "50"


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
            wait_until(lambda: told.done() or somebody_waits(), 10)
        assert told.result() == "applied"
    assert Subscription.objects.get().mrr == 6


def test_a_subscriptions_own_ends_by_itself_too(member):
    """And leaves what it costs to the discount of the customer, which it kept off."""
    ends = timezone.now().replace(microsecond=0) + timedelta(days=3)
    own = {"id": "di_own", "end": int(ends.timestamp()), "source": {"coupon": HALF}}
    tell("customer.subscription.created", subscription_told(customer_of(member), 1200, discounts=[own]), START)
    tell("customer.discount.created", discount_told(member, QUARTER), START + 10 * DAY)
    assert Subscription.objects.get().mrr == 6
    job = Job.objects.get(kind="memberships.end_own_discount")
    assert job.run_at == ends and run_now(job).state == "new", "PostgreSQL's clock is ahead"
    with clock.standing(ends):
        assert run_now(job).state == "done"
    assert Subscription.objects.get().mrr == 9 and Movement.objects.filter(at=ends, amount=3).exists()


@pytest.mark.parametrize("of", [*({name: "x"} for name in subscription_events.SMALLER), {"customer": None}])
def test_one_of_something_smaller_is_not_the_customers(member, of):
    tell("customer.subscription.created", subscription_told(customer_of(member)), START)
    assert tell("customer.discount.created", discount_told(member) | of, START + 10 * DAY).state == "applied"
    assert Subscription.objects.get().mrr == 12 and not CustomerDiscount.objects.exists()


def test_it_is_asked_for_once_the_customer_subscribes(member):
    tell("customer.discount.created", discount_told(member, "half"), START)
    assert not Job.objects.filter(kind="memberships.ask_coupon").exists()
    tell("customer.subscription.created", subscription_told(customer_of(member)), START)
    assert Job.objects.filter(kind="memberships.ask_coupon").count() == 1


@pytest.mark.parametrize(("there", "mrr"), [(True, 6), (False, 12)])
def test_a_coupon_that_is_deleted_is_read_from_its_customer(member, monkeypatch, there, mrr):
    """Or staff are told, once, that nobody knows it."""

    def call(what, *_):
        if what == "coupons":
            raise stripe_api.Rejected("No such coupon: 'half'", code="resource_missing")
        return {"id": "cus", "discount": discount_told(member) if there else None}

    monkeypatch.setattr(stripe_api, "call", call)
    tell("customer.subscription.created", subscription_told(customer_of(member)), START)
    tell("customer.discount.created", discount_told(member, "half"), START + 10 * DAY)
    assert run_now(Job.objects.get(kind="memberships.ask_coupon")).state == "done"
    assert Subscription.objects.get().mrr == mrr
    assert list(Alert.objects.values_list("count", flat=True)) == ([] if there else [1])


def test_those_of_strangers_are_not_kept(member):
    """Nobody is alarmed. Who turns out to be a member soon finds it; of who does so later Stripe is asked."""
    told = discount_told(member) | {"customer": "cus_stranger"}
    event = store_event("customer.discount.created", told, created=START)
    job = Job.enqueue("billing.apply_event", {"event": event.pk})
    for _ in range(8):
        run_now(job)
    event.refresh_from_db()
    assert (event.state, job.state) == ("unhandled", "done") and "no member" in event.error
    assert not CustomerDiscount.objects.exists() and not Alert.objects.exists()
    assert tell("customer.discount.created", told, START).state == "waiting"
    named = {"enrolment": str(checkout.reserve(member, make_price()).public_id)}
    tell("customer.subscription.created", subscription_told("cus_stranger", metadata=named), START)
    asked = Job.objects.get(kind="memberships.ask_discount")
    assert asked.payload == {"customer": "cus_stranger"} and asked.run_at > timezone.now()
    assert stripe_events.apply_event(StripeEvent.objects.get(state="waiting").pk).state == "applied"
    assert Subscription.objects.get().mrr == 6
