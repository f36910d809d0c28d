"""Brought up to date bit by bit, or made anew: the same rows. Closed months keep what they were closed with."""

import itertools
import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounting import demo
from billing.models import Refund
from billing.tests.make import make_top_up
from jobs.models import Job
from memberships.models import MoneyBack, Version
from memberships.tests.make import make_invoice, make_subscription
from reports import mrr, queries, revenue, rollups, tasks
from reports.asking import Months
from reports.models import DayRevenue, Look, MemberChange, MemberEnding, MemberMonth, MonthBase, MonthSum
from reports.tests.make import NOW, ago, hears, lives

pytestmark = pytest.mark.django_db
ALL = Months(ago(8).date().replace(day=1), NOW.date().replace(day=1))


def rows(model, *leave_out: str) -> list[tuple]:
    names = [field.attname for field in model._meta.fields if field.name not in ("id", *leave_out)]
    return sorted(model.objects.values_list(*names), key=repr)


def _by_day() -> dict:
    """What every day was, with all that is known of it now."""
    found: dict = {}
    for row in DayRevenue.objects.all():
        key = row.restates or row.day, row.what, row.plan, row.country
        found[key] = [sum(pair) for pair in zip(found.get(key, (0, 0)), (row.number, row.amount), strict=True)]
    return {key: sums for key, sums in found.items() if any(sums)}


def everything() -> list:
    return [rows(MemberMonth), rows(MonthSum), rows(MemberEnding), rows(DayRevenue)]


def test_rebuilt_is_what_was_kept_in_step(make_people):
    chance, people = random.Random(7), make_people(*[""] * 8)
    for number, member in enumerate(people):
        states = [(ago(months), chance.choice(["0", "7.5", "10", "12", "24"])) for months in range(6, 0, -1)]
        row = make_subscription(member, "0")
        for at, amount in chance.sample(states, 6) if number % 2 else states:
            about = {"cancel_at": 1} if chance.random() < 0.3 else {}
            hears(row, at, amount, in_time=number % 2 == 0, **about)
            invoice = make_invoice(member, "12", paid_at=at, tax=Decimal("1.99"), country=chance.choice(["DE", ""]))
            back = {"created_at": at + timedelta(days=9), "taken_at": at, "kind": "refund", "amount": Decimal("3.33")}
            for part in range(chance.randrange(4)):
                told = {"stripe_id": f"re_{invoice.pk}_{part}", "status": "succeeded", "is_booked": True}
                MoneyBack.objects.create(invoice=invoice, **back, **told)
            if chance.random() < 0.2:
                rollups.catch_up()
        newest = row.versions.order_by(*Version.ORDER).last()
        assert newest.mrr == Decimal(states[-1][1])
    look = rollups.catch_up()
    kept = everything()
    assert look.difference == 0 and not MemberChange.objects.exists() and kept[0]
    Look.objects.update(zone="Europe/Vienna")
    rollups.catch_up()
    assert everything() == kept, "closed days and their restatements stay"
    sums = _by_day()
    rollups.begin_anew()
    rollups.catch_up()
    assert everything()[:3] == kept[:3] and all(kept)
    assert _by_day() == sums and DayRevenue.objects.filter(restates=None).exists()
    months = mrr.months(ALL)
    assert all(later.start == earlier.end for earlier, later in itertools.pairwise(months))
    assert months[-1].end == look.mrr == queries.members_total(ALL, "paying")[1]
    for month in months:
        asked = Months(month.month, month.month)
        for kind in mrr.MOVES:
            count, total = queries.members_total(asked, kind)
            assert (count, total) == (month.counts.get(kind, 0), month.moved.get(kind, 0)), f"{month} {kind}"
        for who in ("joined", "kept", "restated", "paying", "committed"):
            found = list(queries.members(asked, who))
            assert queries.members_total(asked, who) == (len(found), sum(row.amount for row in found)), f"{month} {who}"
        paying = queries.members(asked, "paying")
        assert (paying.count(), sum(row.amount for row in paying)) == (month.paying_at_end, month.end)
        assert queries.members_total(asked, "restated")[1] == month.restated
        assert queries.members_total(asked, "committed")[1] == (month.committed or 0)
        of_cohorts = [queries.members_total(asked, "committed", first) for first in {row[1] for row in kept[1]}]
        assert tuple(map(sum, zip(*of_cohorts, strict=True))) == queries.members_total(asked, "committed")


def test_what_a_worker_of_before_made_is_made_anew(member):
    """It knows nothing of some columns, and writes no version."""
    row = lives(member, (ago(4), "12"), (ago(1), "20"))
    hears(row, ago(3), "15", in_time=False)
    hears(row, ago(0), "20", cancel_at=1)
    rollups.catch_up()
    kept = everything()
    assert MemberEnding.objects.filter(is_all=True).exists() and MemberMonth.objects.filter(is_restated=True).exists()
    MemberEnding.objects.update(first=None, is_all=False)
    MemberMonth.objects.update(is_restated=False)
    names = "at, zone, mrr, committed, moved, off"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH last AS (DELETE FROM reports_look RETURNING *) "
            f"INSERT INTO reports_look ({names}) SELECT {names} FROM last"
        )
    rollups.catch_up()
    assert everything() == kept


def test_what_moves_while_a_look_is_under_way_is_no_difference(member, monkeypatch):
    row = lives(member, (ago(1), "12"))
    with monkeypatch.context() as patch:
        patch.setattr(revenue, "follow", lambda moments, *, anew: hears(row, NOW, "20"))
        assert rollups.catch_up().off == 0 and MemberChange.objects.exists()
    MonthSum.objects.update(net=1)
    assert rollups.catch_up().off == 1


def test_closed_months_do_not_change(member):
    row = lives(member, (ago(4), "12"), (ago(1), "20"))
    rollups.catch_up()
    before = [(month.month, month.start, month.end, month.committed) for month in mrr.months(ALL)][:-1]
    hears(row, ago(3), "15", in_time=False)
    rollups.catch_up()
    after = mrr.months(ALL)
    assert [(month.month, month.start, month.end, month.committed) for month in after][:-1] == before
    assert [month.since for month in after if month.since] == [3, -3], "of the third, and 3 less of the 8 of the last"
    assert (after[-1].restated, after[-1].end, Look.objects.get().difference) == (0, 20, 0)


def test_what_is_learnt_late_counts_members_too(make_people):
    """Who turns out to have left in a closed month is no member any more; who came back then is no new one."""
    one, two = make_people("", "")
    hears(lives(one, (ago(5), "12")), ago(3), "0", in_time=False)
    rollups.catch_up()
    last = mrr.months(ALL)[-1]
    assert (last.paying, last.counts.get("churn", 0), last.paying_at_end, last.end) == (1, 0, 0, 0)
    row = make_subscription(two, "0")
    for at, amount in ((ago(4), "10"), (ago(3), "0")):
        hears(row, at, amount, in_time=False)
    hears(row, ago(0), "10")
    rollups.catch_up()
    last = mrr.months(ALL)[-1]
    assert (last.moved.get("new", 0), last.moved["reactivation"], last.paying_at_end, last.end) == (0, 10, 1, 10)


def test_how_a_month_began_is_written_down_once(make_people):
    one, two = make_people("", "")
    type(one).objects.update(date_joined=ago(9))
    lives(one, (ago(4), "12"))
    row = lives(two, (ago(3), "30"))
    hears(row, ago(2), "30", cancel_at=1)
    rollups.catch_up()
    kept = rows(MonthBase)
    committed = {month.month: month.committed for month in mrr.months(ALL)}
    assert [committed[ago(months).date().replace(day=1)] for months in (4, 3, 2)] == [12, 42, 12]
    type(one).objects.update(date_joined=ago(0))
    Look.objects.update(zone="Europe/Vienna")
    rollups.catch_up()
    old = [row for row in rows(MonthBase) if row[0] < (NOW - timedelta(days=40)).date()]
    assert old and set(old) <= set(kept)


def test_money_is_kept_in_step_and_closed_days_are_restated(member, monkeypatch):
    paid = {"cash": Decimal("13"), "tax": Decimal("1"), "country": "DE"}
    invoice = make_invoice(member, "12", paid_at=ago(3), covers_from=ago(3), covers_until=ago(2), **paid)
    yearly = {"covers_from": NOW, "covers_until": NOW + timedelta(days=365), "paid_at": NOW}
    make_invoice(member, "99", **yearly, country="FR")
    top_up = make_top_up(member, "20", status="paid", cash=Decimal("20"), paid_at=ago(3))
    rollups.catch_up()
    assert [(row.plan, row.country, row.amount) for row in DayRevenue.objects.order_by("-amount")] == [
        ("year", "FR", 99),
        ("top_up", "", 20),
        ("month", "DE", 12),
    ]
    back = {"created_at": ago(3, 1), "status": "succeeded", "stripe_id": "re_1", "amount": Decimal("5")}
    Refund.objects.create(top_up=top_up, **back)
    took = MoneyBack.objects.create(
        invoice=invoice, kind="refund", is_booked=True, **back | {"stripe_id": "re_2", "created_at": NOW}
    )
    type(top_up).objects.filter(pk=top_up.pk).update(country="US")
    later = make_invoice(member, "7", paid_at=NOW)
    type(later).objects.filter(pk=later.pk).update(paid_at=NOW - timedelta(days=1))
    rollups.catch_up()
    today, closed = NOW.date(), ago(3).date()
    late = DayRevenue.objects.exclude(restates=None).order_by("restates", "amount")
    assert [(row.day, row.restates, row.country, row.amount, row.number) for row in late] == [
        (today, closed, "", -20, -1),
        (today, closed, "US", 20, 1),
        (today, closed + timedelta(days=1), "US", -5, 1),
    ]
    assert DayRevenue.objects.filter(day=closed).count() == 2, "as it was"
    gone = DayRevenue.objects.get(day=NOW.date(), what="refund", restates=None)
    assert gone.amount == Decimal("-4.62"), "of 5 that went back, 0.38 of the 1 of tax on 13"
    assert list(DayRevenue.objects.filter(amount=7).values_list("day", flat=True)) == [NOW.date() - timedelta(days=1)]
    MoneyBack.objects.filter(pk=took.pk).update(is_given_back=True)
    rollups.catch_up()
    rollups.catch_up()
    assert not DayRevenue.objects.filter(day=NOW.date(), what="refund", restates=None).exists() and late.count() == 3
    type(invoice).objects.filter(pk=invoice.pk).update(cash=Decimal("14"), tax=Decimal("2"))
    rollups.catch_up()
    assert late.count() == 3, "tax alone restates nothing"


def test_no_month_is_closed_while_the_demo_is_loaded(member, settings):
    """What is told of long ago is no restatement then; from the look after its end on it would be."""
    settings.DEMO_MONTHS = 2
    job = Job.objects.create(kind=demo.KIND, dedupe_key=demo.KIND)
    lives(member, (ago(3), "12"))
    make_invoice(member, "5", paid_at=ago(3))
    tasks.catch_up()
    assert MonthBase.objects.count() == 4 and MonthSum.objects.exists()
    assert DayRevenue.objects.get().amount == 5, "no page reads an emptied table between two looks"
    make_invoice(member, "12", paid_at=ago(3))
    Job.objects.filter(pk=job.pk).update(state="done")
    tasks.catch_up()
    assert [(row.day, row.restates, row.amount) for row in DayRevenue.objects.all()] == [(ago(3).date(), None, 17)]
    assert MonthBase.objects.count() == 4
    make_invoice(member, "12", paid_at=ago(2))
    tasks.catch_up()
    assert DayRevenue.objects.exclude(restates=None).count() == 1
