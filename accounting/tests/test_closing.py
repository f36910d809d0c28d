"""A closed month does not change; what comes later stands beside it."""

import datetime as dt
from decimal import Decimal as D
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from accounting import closing, figures, rollups, tasks
from accounting.models import DayTotal, MonthClose, Restatement
from accounting.tests.make import business, spend
from accounting.tests.test_rollups import START
from audit.models import AuditEvent
from ledger.tests.test_races import at_once
from tunables import values

MARCH = dt.date(2026, 3, 1)


def test_a_closed_month_stays_and_later_truth_is_a_row(owner):
    member = business(START)["member"]
    with pytest.raises(closing.NotClosable, match="in a moment"):
        closing.close(MARCH, by=owner)  # nothing was ever added up: that is no request's work
    rollups.catch_up()
    closing.close(MARCH, by=owner)
    closing.close(dt.date(2026, 4, 1), by=owner)
    tasks.catch_up()
    assert not Restatement.objects.exists()
    spend(member, "0.75", at=START)
    for _ in range(2):  # said once
        tasks.catch_up()
    march, april = (figures.months(1, until=MonthClose.objects.get(month=month).month)[0] for month in _closed())
    assert march.state == "closed" and march.figures.revenue == D("2.75")
    assert march.restated["revenue"] == D("0.75") and march.restated["studio_render.units"] == 1
    assert march.restated["unspent"] == april.restated["unspent"] == D("-0.75")
    assert [row.number for row in Restatement.objects.filter(close__month=MARCH)] == [1]
    spend(member, "0.25", at=START)
    tasks.catch_up()
    assert figures.months(1, until=MARCH)[0].restated["revenue"] == D("1")
    event = AuditEvent.objects.get(verb="accounting.month_closed", target="month:2026-03")
    assert event.actor == owner and event.after["revenue"] == "2.750000"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_another_zone_restates_nothing_but_what_came_late(owner, zone):
    """At 23:30 on 31 March in UTC it is April in Kiritimati: other days, not another truth."""
    member = business(START)["member"]
    for at in (dt.datetime(2026, 3, 31, 23, 30), dt.datetime(2026, 3, 1, 0, 30), dt.datetime(2026, 2, 28, 23, 30)):
        spend(member, "0.50", at=at.replace(tzinfo=dt.UTC))
    rollups.catch_up()
    assert closing.close(MARCH, by=owner).zone == "UTC"
    values.change("business_time_zone", zone, by=None)
    for _ in range(2):
        tasks.catch_up()
    assert not Restatement.objects.exists()
    spend(member, "0.25", at=dt.datetime(2026, 3, 31, 23, 45, tzinfo=dt.UTC))
    spend(member, "0.25", at=dt.datetime(2026, 4, 1, 0, 15, tzinfo=dt.UTC))
    for _ in range(2):
        tasks.catch_up()
    late = {"revenue": "0.250000", "unspent": "-0.250000"}
    late |= {f"studio_render.{name}": amount for name, amount in (("charged_paid", "0.250000"), ("units", "1"))}
    assert Restatement.objects.get().changes == late
    rows = list(DayTotal.objects.order_by("pk").values())
    assert closing.restate(MARCH) == [] and list(DayTotal.objects.order_by("pk").values()) == rows, "it only looked"
    values.change("business_time_zone", "UTC", by=None)
    tasks.catch_up()
    assert Restatement.objects.get().changes == late, "it was said already"


def test_a_close_gets_the_zone_of_its_time_and_what_other_days_made_of_it_is_taken_back(owner):
    """As a release finds it that stamped every close with the zone of its own day."""
    business(START)
    rollups.catch_up()
    closing.close(MARCH, by=owner)
    values.change("business_time_zone", "Europe/Berlin", by=owner)
    tasks.catch_up()
    close = MonthClose.objects.get()
    MonthClose.objects.update(zone="Europe/Berlin")
    for number, changes in enumerate(({"cost": "1"}, {"cost": "2", "units": "-1"}), 1):
        Restatement.objects.create(close=close, number=number, changes=changes)
    release = import_module("accounting.migrations.0006_zones_of_closes")
    with connection.cursor() as cursor:
        for statement in (release.ZONES, release.TAKEN_BACK):
            cursor.execute(statement)
    close.refresh_from_db()
    assert close.zone == "UTC" and close.restatements.count() == 3 and close.restated == {}


def _closed():
    return MonthClose.objects.order_by("month").values_list("month", flat=True)


def test_only_what_is_over_can_be_closed_once(owner):
    running = timezone.now().date().replace(day=1)
    rollups.catch_up()
    with pytest.raises(closing.NotClosable, match="not over"):
        closing.close(running, by=owner)
    with pytest.raises(closing.NotClosable, match="Nothing had moved yet"):
        closing.close(MARCH, by=owner)
    business(START)
    closing.close(MARCH, by=owner)
    with pytest.raises(closing.NotClosable, match="already"):
        closing.close(MARCH, by=owner)
    assert MonthClose.objects.count() == 1


@pytest.mark.usefixtures("committed_db")
def test_one_that_dies_in_the_middle_has_closed_nothing_and_of_many_at_once_one_does(monkeypatch):
    business(START)
    rollups.catch_up()

    def dies(*args, **more):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patched:
        patched.setattr(closing, "record", dies)
        with pytest.raises(Exception, match=r"terminat|closed"):
            closing.close(MARCH, by=None)
    connection.close()
    assert not MonthClose.objects.exists()
    answers = at_once(lambda _: closing.close(MARCH, by=None), 8, threads=4)
    refused = [str(answer) for answer in answers if isinstance(answer, closing.NotClosable)]
    made = MonthClose.objects.get()
    assert len(refused) == 7 and answers.count(made) == 1
    assert AuditEvent.objects.filter(verb="accounting.month_closed").count() == 1
    assert all("already" in words or "in a moment" in words for words in refused)
    assert closing.restate() == [], "what was written down is what the rows say"
