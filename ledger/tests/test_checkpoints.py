import datetime as dt
import threading
import zoneinfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from ledger import checkpoints, checks, posting, queries, tasks
from ledger.models import Account, Checkpoint, Lot
from ledger.tests import clock
from ledger.tests.make import D, make_member, make_top_up, stands
from tunables import values


@pytest.fixture
def days(db):
    """Three days of charges of 1, 2 and 3 dollars, starting at noon of a day; the day after them is today."""
    with clock.moving_clock():
        hours = (dt.datetime.now(dt.UTC).hour - 12) % 24
        clock.shift(-72 - hours)
        member = make_member()
        make_top_up(member, 100, granted=D(1))
        for day in range(3):
            clock.shift(24 * day - 72 - hours)
            posting.charge(member, D(day + 1), service="poem")
        first = clock.now().date() - dt.timedelta(days=2)
        clock.shift(0)
        yield first


def at(day):
    return dt.datetime.combine(day, dt.time.min, dt.UTC)


def balances():
    first = timezone.now() - dt.timedelta(days=4)
    return [
        queries.account_balance(name, at=first + dt.timedelta(hours=hours))
        for name in ("revenue/poem", "promo_usage/poem", "stripe", "bank")
        for hours in range(0, 100, 5)
    ]


def test_it_works(days):
    without = balances()
    assert without[:20].count(0) > 0
    assert checkpoints.make() >= 4
    revenue = Checkpoint.objects.filter(account__name="revenue/poem").order_by("until")
    assert {point.until: point.balance for point in revenue}[at(days + dt.timedelta(days=2))] == -2
    assert balances() == without
    assert checkpoints.make() == 0
    assert checks.run() == []


def test_any_of_them_may_be_missing(days):
    checkpoints.make()
    whole = balances()
    Checkpoint.objects.filter(pk__in=list(Checkpoint.objects.values_list("pk", flat=True)[::2])).delete()
    assert balances() == whole
    Checkpoint.objects.all().delete()
    assert balances() == whole


def test_they_are_read(days):
    checkpoints.make()
    last = Checkpoint.objects.filter(account__name="stripe").latest("until")
    last.balance += 5
    last.save()
    assert queries.account_balance("stripe") == 105


def test_none_is_of_the_future(days):
    """Before an instant that is still to come more may be booked, which it would hide."""
    with pytest.raises(IntegrityError, match="of the past"), transaction.atomic():
        checkpoints.make(now=timezone.now() + dt.timedelta(days=2))
    account = Account.objects.get(name="stripe")
    Checkpoint.objects.create(account=account, balance=100, until=timezone.now() + dt.timedelta(days=1))
    assert [violation.check for violation in checks.run()] == ["checkpoints"]


def test_the_boundaries_follow_the_business_time_zone(days, owner):
    values.change("business_time_zone", "Asia/Kolkata", by=owner)
    checkpoints.make()
    assert {point.until.strftime("%H:%M") for point in Checkpoint.objects.all()} == {"18:30"}


def test_a_boundary_is_left_until_it_has_settled(days):
    boundary = at(days + dt.timedelta(days=3))
    checkpoints.make(now=boundary + dt.timedelta(minutes=4))
    assert Checkpoint.objects.latest("until").until < boundary
    checkpoints.make(now=boundary + dt.timedelta(minutes=6))
    assert Checkpoint.objects.filter(until=boundary).exists()


def test_revenue_by_month(days):
    months = queries.revenue_by_month((days - dt.timedelta(days=40)).replace(day=1), 6, dt.UTC)
    assert sum(month.revenue for month in months) == 5
    assert sum(month.promotional for month in months) == 1
    assert len(months) == 6
    checkpoints.make()
    assert queries.revenue_by_month((days - dt.timedelta(days=40)).replace(day=1), 6, dt.UTC) == months
    berlin = queries.revenue_by_month(days.replace(day=1), 3, zoneinfo.ZoneInfo("Europe/Berlin"))
    assert sum(month.services.get("poem", 0) for month in berlin) == 5


def test_it_waits_for_those_who_are_posting(committed_db, monkeypatch):
    monkeypatch.setattr(checkpoints, "PATIENCE", 0.3)
    member = make_member()
    make_top_up(member, 5)
    posted, finish = threading.Event(), threading.Event()

    def post():
        with transaction.atomic():
            posting.charge(member, D(1), service="poem")
            posted.set()
            finish.wait(timeout=10)
        connection.close()

    thread = threading.Thread(target=post)
    thread.start()
    posted.wait(timeout=10)
    monkeypatch.setattr(checkpoints, "_boundaries", lambda after, until: [timezone.now()])
    assert checkpoints.make() == 0
    finish.set()
    thread.join()
    assert checkpoints.make() > 0
    assert Checkpoint.objects.get(account__name="revenue/poem").balance == -1


@pytest.mark.django_db
def test_the_tasks_expire_and_release(member):
    with clock.moving_clock():
        make_top_up(member, 5)
        posting.grant(member, D(3), expires_at=clock.now() + dt.timedelta(hours=1))
        posting.grant(member, D(4), expires_at=clock.now() + dt.timedelta(hours=3))
        posting.hold(member, D(2), service="poem", expires_at=clock.now() + dt.timedelta(hours=1))
        clock.shift(2)
        tasks.expire_lots()
        assert stands(member) == (5, 4, 2, 0)
        tasks.release_overdue_holds()
        assert stands(member) == (5, 6, 0, 0)
        tasks.expire_lots()
        assert stands(member) == (5, 4, 0, 0)
        assert queries.account_balance("promo_expired") == 3
        assert Lot.objects.get(amount=3).remaining == 0
        tasks.make_checkpoints()
        assert checks.run() == []
