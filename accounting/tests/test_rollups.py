"""The rows of days: equal however they came about, and equal to the ledger."""

import datetime as dt
from decimal import Decimal as D
from importlib import import_module
from threading import Thread

import pytest
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from accounting import figures, rollups
from accounting.models import CatchUp, DayCalls, DayFigures, DayService, DayTotal
from accounting.tests.make import business, spend
from ledger import posting
from ledger.models import Account, Entry
from pricing import costs, invoices
from pricing.models import ProviderCall, ProviderInvoice, UnitCost
from tunables import values

day_figures = import_module("accounting.migrations.0003_day_figures")
START = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
BY_DAY = ("day", "account", "kind", "debit", "credit", "entries")
OF_SERVICES = ("day", "service", "units", "charged_paid", "charged_granted", "cost", "unreconciled")
OF_CALLS = ("day", "provider", "service", "invoice", "calls", "units", "cost")


def rows():
    return (
        list(DayTotal.objects.order_by(*BY_DAY[:3]).values_list(*BY_DAY)),
        list(DayService.objects.order_by(*OF_SERVICES[:2]).values_list(*OF_SERVICES)),
        list(DayCalls.objects.order_by(*OF_CALLS[:4]).values_list(*OF_CALLS)),
        list(DayFigures.objects.order_by("day").values_list()),
    )


def rebuilt():
    CatchUp.objects.all().delete()
    for model in rollups.ROWS:
        model.objects.all().delete()
    rollups.catch_up()
    return rows()


def of_the_ledger(**accounts):
    entries = Entry.objects.filter(**accounts).values_list("amount", flat=True)
    return sum((amount for amount in entries), D(0))


@pytest.fixture
def books(db):
    rollups.catch_up()
    return business(START)


def test_they_say_what_the_ledger_says(books):
    look = rollups.catch_up()
    assert look.days == 4
    for account in Account.objects.all():
        name = f"members/{account.role}" if account.role else account.name
        found = DayTotal.objects.filter(Q(account=name) | Q(account__startswith=f"{name}/"))
        assert sum(row.debit - row.credit for row in found) == of_the_ledger(account=account), account.name
    assert sum(row.debit - row.credit for row in DayTotal.objects.all()) == 0
    found = figures.period(dt.date(2026, 3, 10), dt.date(2026, 3, 13))
    assert (found.revenue, found.promotional, found.cost) == (D("2.75"), D("1"), D("0.06"))
    assert (found.fees, found.refunds, found.unspent) == (D("0.88"), D("5"), D("12.25"))
    assert (found.margin, found.net_margin) == (D("2.69"), D("1.81"))
    services = {one.service: one for one in figures.by_service(dt.date(2026, 3, 10), dt.date(2026, 3, 13))}
    assert (services["studio_render"].units, services["studio_render"].charged_granted) == (2, D("1"))
    assert (services["lite_render"].units, services["lite_render"].charged_paid) == (0, D("0"))
    assert services["music"].cost == D("0.06")


def test_a_rebuild_equals_what_grew_bit_by_bit(books):
    """Row for row: late and backdated entries find their day, and each look takes only the days that it must."""
    rollups.catch_up()
    spend(books["member"], "0.5", at=START - dt.timedelta(days=40))
    assert rollups.catch_up().days == 5  # those of the quarter of an hour before are looked at again
    spend(books["member"], "0.25", at=timezone.now())
    posting.transfer("fee", "stripe_fees", "stripe", D("0.10"), external_id="late", happened_at=START)
    rollups.catch_up()
    grown = rows()
    assert grown == rebuilt()
    rollups.rebuild(dt.date(2026, 3, 9), dt.date(2026, 3, 20))
    rollups.catch_up()
    assert grown == rows()
    for model in (DayFigures, DayCalls):
        model.objects.all().delete()
    with connection.cursor() as cursor:
        for statement in (day_figures.FIGURES, day_figures.CALLS):
            cursor.execute(statement)
    assert grown == rows(), "an update reads the same as before at once"
    assert DayTotal.objects.filter(day=START.date() - dt.timedelta(days=40), account="revenue/studio_render").exists()


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", dt.date(2026, 3, 29), 23),
        ("Europe/Berlin", dt.date(2026, 10, 25), 25),
        ("America/New_York", dt.date(2026, 3, 8), 23),
        ("America/New_York", dt.date(2025, 11, 2), 25),
    ],
)
def test_days_of_another_length(db, zone, day, hours):
    """The first and the last minute of a day belong to it, those around it do not; a new zone rebuilds all."""
    rollups.catch_up()
    member = business(START)["member"]
    posting.top_up(member, cash=D("50"), external_id="t2", happened_at=START)
    rollups.catch_up()
    values.change("business_time_zone", zone, by=None)
    start, end = values.business_zone(), None
    start = dt.datetime.combine(day, dt.time.min, start).astimezone(dt.UTC)
    end = start + dt.timedelta(hours=hours)
    minute = dt.timedelta(minutes=1)
    for number, moment in enumerate((start - minute, start, end - minute, end), 1):
        spend(member, f"0.0{number}", at=moment)
    looked = rollups.catch_up()
    assert looked.zone == zone and looked.days > 4
    assert figures.period(day, day).revenue == D("0.05")
    assert figures.period(day - dt.timedelta(days=1), day + dt.timedelta(days=1)).revenue == D("0.10")
    assert rows() == rebuilt()


def test_two_looks_at_once(committed_db):
    """One looks, the other leaves it to the one; nothing is there twice."""
    rollups.catch_up()
    business(START)
    found = []

    def look():
        found.append(rollups.catch_up())
        connection.close()

    threads = [Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert any(found)
    grown = rows()
    assert grown[0] and grown == rebuilt()


def test_what_an_invoice_proves_is_reconciled_and_no_longer_when_that_is_undone(owner):
    """The days of the calls are looked at again, however long ago they were."""
    UnitCost.objects.get_or_create(service_id="music", provider="replicate", defaults={"amount": D("0.06")})
    call = costs.ask("music", "replicate", "c1")
    call.answered(external_id="x1", reported=D("0.07"))
    day = dt.date(2026, 3, 10)
    ProviderCall.objects.update(answered_at=START)
    invoice = ProviderInvoice.objects.create(
        provider="replicate", number="1", first_day=day, last_day=day, total=D("0.08"), recorded_by=owner
    )
    CatchUp.objects.all().delete()
    rollups.catch_up()
    assert figures.period(day, day).unreconciled == D("0.07")
    invoices.match(invoice, by=owner)
    rollups.catch_up()
    assert figures.period(day, day).unreconciled == 0 and figures.period(day, day).cost == D("0.01")
    invoices.undo_match(invoice, by=owner, reason="Wrong one")
    rollups.catch_up()
    assert figures.period(day, day).unreconciled == D("0.07")
    assert rows() == rebuilt()
