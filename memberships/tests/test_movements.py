"""Movements of MRR follow from the states of subscriptions, whatever the order in which these are heard."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone

from memberships import movements
from memberships.discounts import mrr_of
from memberships.models import Movement, Subscription, Version
from memberships.tests.make import make_subscription

pytestmark = pytest.mark.django_db
NOW = timezone.now().astimezone(UTC).replace(day=15, hour=12, minute=0, second=0, microsecond=0)


def ago(months: int, days: int = 0) -> datetime:
    """The 15th of a month, some months ago."""
    year, month = divmod(NOW.year * 12 + NOW.month - 1 - months, 12)
    return NOW.replace(year=year, month=month + 1) + timedelta(days=days)


def hears(row, at, mrr, *, in_time=True) -> None:
    state = {"status": "active" if mrr else "canceled", "mrr": Decimal(mrr), "facts": {}, "digest": f"{at}{mrr}"}
    Version.objects.create(subscription=row, at=at, rank=1, **state)
    newest = row.versions.order_by(*Version.ORDER).last()
    Subscription.objects.filter(pk=row.pk).update(mrr=newest.mrr, status=newest.status)
    with pytest.MonkeyPatch.context() as patch:
        if in_time:
            patch.setattr(movements.clock, "now", lambda: at)
        movements.catch_up(row.member)


def test_any_order_ends_the_same(make_people):
    """What is heard in any order adds up to what it adds up to in its own, and the identity holds for every month."""
    chance, people = random.Random(7), make_people(*[""] * 6)
    for number, member in enumerate(people):
        states = [(ago(months), chance.choice(["0", "7.5", "10", "12", "24"])) for months in range(5, 0, -1)]
        told = chance.sample(states, 5) if number % 2 else states
        row = make_subscription(member, "0")
        for at, mrr in told:
            hears(row, at, mrr, in_time=False)
        stored = {}
        for moved in Movement.objects.filter(member=member):
            stored[moved.at, moved.kind] = stored.get((moved.at, moved.kind), 0) + moved.amount
        versions = row.versions.order_by(*Version.ORDER)
        rebuilt = movements.of_states([(each.at, row.pk, each.mrr, each.pk) for each in versions])
        assert {key: amount for key, amount in stored.items() if amount} == {
            (at, kind): n for at, kind, n, _ in rebuilt
        }
    worth = Subscription.objects.aggregate(total=Sum("mrr"))["total"]
    assert Movement.objects.aggregate(total=Sum("amount"))["total"] == worth


def test_mrr_of_months_and_years():
    """100 × $100 a month and 50 × $600 a year are $12,500 (Stripe's glossary)."""
    facts = {"status": "active", "every": 1}
    monthly = mrr_of(facts | {"interval": "month", "amount": "100"})
    yearly = mrr_of(facts | {"interval": "year", "amount": "600"})
    assert 100 * monthly + 50 * yearly == 12_500


def test_mrr_counts_active_and_past_due_until_they_end():
    """Trials, unpaid, paused and ended ones are out, as in Stripe’s glossary; Polar’s #8222 is told both ways."""
    facts = {"every": 1, "interval": "month", "amount": "15"}
    counted = {status for status in Subscription.Status.values if mrr_of(facts | {"status": status})}
    assert counted == {"active", "past_due"}
    facts |= {"status": "active"}
    running = facts | {"discounts": [{"id": "di_1", "percent": "0", "off": "1400"}]}
    assert (77 * mrr_of(running), 77 * mrr_of(facts)) == (77, 1155), "while $14 are off, and after"
