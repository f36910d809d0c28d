"""MRR and what moved it: the identity holds to the last place, and the published vectors come out."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from memberships import movements, queries
from memberships.models import Movement, Subscription, Version
from memberships.tests.make import make_subscription

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/memberships/panels/mrr_movements/"
NOW = timezone.now().astimezone(UTC).replace(day=15, hour=12, minute=0, second=0, microsecond=0)


def ago(months: int, days: int = 0) -> datetime:
    """The 15th of a month, some months ago."""
    year, month = divmod(NOW.year * 12 + NOW.month - 1 - months, 12)
    return NOW.replace(year=year, month=month + 1) + timedelta(days=days)


def lives(member, *states, in_time=True) -> Subscription:
    """A subscription with these states of (at, MRR); heard of when they were, unless told otherwise."""
    row = make_subscription(member, "0", since=timedelta(days=999))
    for at, mrr in states:
        hears(row, at, mrr, in_time=in_time)
    return row


def hears(row, at, mrr, *, in_time=True) -> None:
    state = {"status": "active" if mrr else "canceled", "mrr": Decimal(mrr), "facts": {}, "digest": f"{at}{mrr}"}
    Version.objects.create(subscription=row, at=at, rank=1, **state)
    newest = row.versions.order_by(*Version.ORDER).last()
    Subscription.objects.filter(pk=row.pk).update(mrr=newest.mrr, status=newest.status)
    with pytest.MonkeyPatch.context() as patch:
        if in_time:
            patch.setattr(movements.timezone, "now", lambda: at)
        movements.catch_up(row.member)


def month(number: int):
    return queries.mrr_by_month()[number]


def test_it_works(client_of, accountant, marketer, member):
    client = client_of(accountant)
    assert "No MRR yet" in client.get(PANEL).content.decode()
    lives(member, (ago(2), "12"), (ago(1), "10"))
    text = client.get(PANEL).content.decode()
    for words in ("$12.00", "−$2.00", "what the subscriptions are worth now: $10.00, $120.00 a year"):
        assert words in text, words
    assert "12.00" in b"".join(client.get(f"{PANEL}?format=csv").streaming_content).decode()
    Subscription.objects.update(mrr=11)
    assert "but the subscriptions are worth $11.00" in client.get(PANEL).content.decode()
    assert client_of(marketer).get(PANEL).status_code == 403


def test_the_published_vectors(make_people):
    """ChartMogul: start 100, churn, contraction, expansion of 10 each: gross 20 %, net 10 %.

    Baremetrics: $500 upgraded to $1,379 and then churned within a month is a churn of 500. Syncalytics: see below.
    """
    one, two, three, four = make_people(*[""] * 4)
    lives(one, (ago(3), "10"), (ago(2), "0"))
    lives(two, (ago(3), "50"), (ago(2), "40"))
    lives(three, (ago(3), "40"), (ago(2), "50"))
    now = month(1)
    assert (now.start, now.churn, now.contraction, now.expansion, now.end) == (100, -10, -10, 10, 90)
    assert (now.gross_churn, now.net_churn, now.nrr, now.grr) == tuple(map(Decimal, ("0.2", "0.1", "0.9", "0.8")))
    assert now.logo_churn == Decimal(1) / 3
    Movement.objects.all().delete()
    lives(four, (ago(3), "500"), (ago(2), "1379"), (ago(2, 1), "0"))
    assert (month(1).churn, month(1).expansion, month(1).gross_churn) == (-500, 0, 1)


def test_a_yearly_plan_from_new_to_reactivation(member):
    """$2,000 a year is New 166.67; +$60 and −$60 are expansion and contraction; then churn, and 3 × $50 come back."""
    yearly = Decimal("166.666667")
    row = lives(member, (ago(6), yearly), (ago(5), yearly + 60), (ago(4), yearly), (ago(3), "0"))
    lives(member, *[(ago(2), "150")])
    told = [
        (each.new, each.expansion, each.contraction, each.churn, each.reactivation) for each in queries.mrr_by_month()
    ]
    assert told[:5] == [
        (yearly, 0, 0, 0, 0),
        (0, 60, 0, 0, 0),
        (0, 0, -60, 0, 0),
        (0, 0, 0, -yearly, 0),
        (0, 0, 0, 0, 150),
    ]
    assert set(Movement.objects.values_list("kind", flat=True)) == set(Movement.Kind) and row.versions.count() == 4


def test_closed_months_do_not_change(member):
    """A state that is learnt months later is restated in the month in which it is learnt."""
    row = lives(member, (ago(4), "12"), (ago(1), "20"))
    before = [(each.month, each.start, each.end) for each in queries.mrr_by_month()][:-1]
    hears(row, ago(3), "15", in_time=False)
    after = queries.mrr_by_month()
    assert [(each.month, each.start, each.end) for each in after][:-1] == before
    late = Movement.objects.exclude(restates=None)
    assert late.count() == 2 and {each.month for each in late} == {after[-1].month}  # +3, and 3 less of the +8
    assert (after[-1].restated, after[-1].end, queries.mrr_movements().difference) == (0, 20, 0)


def test_what_is_learnt_late_counts_members_too(make_people):
    """Who turns out to have left in a closed month is no member any more; who came back then is no new one."""
    one, two = make_people("", "")
    hears(lives(one, (ago(5), "12")), ago(3), "0", in_time=False)
    last = queries.mrr_by_month()[-1]
    assert (last.members_at_start, last.lost, last.learnt, last.members_at_end, last.end) == (1, 0, -1, 0, 0)
    row = make_subscription(two, "0")
    for at, mrr in ((ago(4), "10"), (ago(3), "0")):
        hears(row, at, mrr, in_time=False)
    hears(row, ago(0), "10")
    last = queries.mrr_by_month()[-1]
    assert (last.new, last.reactivation, last.members_at_end, last.end) == (0, 10, 1, 10)


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
    report = queries.mrr_movements()
    assert report.difference == 0 and report.counted == report.mrr
    for earlier, later in zip(report.months[1:], report.months, strict=False):
        assert later.start == earlier.end


def test_mrr_of_months_and_years():
    """100 × $100 a month and 50 × $600 a year are $12,500 (Stripe's glossary)."""
    from memberships.subscription_events import mrr_of

    facts = {"status": "active", "every": 1}
    monthly = mrr_of(facts | {"interval": "month", "amount": "100"})
    yearly = mrr_of(facts | {"interval": "year", "amount": "600"})
    assert 100 * monthly + 50 * yearly == 12_500
    assert mrr_of(facts | {"interval": "year", "amount": "600", "status": "unpaid"}) == 0
