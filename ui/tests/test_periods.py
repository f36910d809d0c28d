"""Periods: whole days of the business zone."""

import datetime as dt

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from tunables import values
from ui import periods
from ui.periods import PeriodForm

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(periods, "today", lambda: dt.date(2026, 11, 21))


def period(query=""):
    return PeriodForm.of(RequestFactory().get(f"/admin/{query}"))


def test_it_works():
    shown = period()
    assert (shown.key, shown.first, shown.last) == ("30d", dt.date(2026, 10, 23), dt.date(2026, 11, 21))
    assert shown.label == "last 30 days" and shown.words == "the last 30 days"
    assert shown.start == dt.datetime(2026, 10, 23, tzinfo=dt.UTC)
    assert shown.end == dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


@pytest.mark.parametrize("key", ["7d", "30d", "90d"])
def test_the_previous_period_is_as_long_and_ends_where_this_one_begins(key):
    shown = period(f"?period={key}")
    assert shown.previous.end == shown.start
    assert shown.previous.days == shown.days == int(key[:-1])


def test_twelve_months():
    shown = period("?period=12m")
    assert shown.first == dt.date(2025, 12, 1)
    assert shown.previous.first == dt.date(2024, 12, 1)
    assert shown.previous.last == dt.date(2025, 11, 21)


def test_a_range_of_days():
    shown = period("?period=custom&from=2026-11-01&to=2026-11-10")
    assert (shown.days, shown.label) == (10, "1 Nov – 10 Nov 2026")
    assert period("?period=custom&from=2026-10-01&to=2026-10-31").words == "October 2026"
    assert shown.previous.first == dt.date(2026, 10, 22)


@pytest.mark.parametrize(
    "query",
    [
        "?period=custom",
        "?period=custom&from=2026-11-10&to=2026-11-01",
        "?period=custom&from=x&to=2026-11-01",
        "?period=custom&from=0001-01-01&to=2026-11-01",
        "?period=custom&from=2026-11-01&to=9999-12-31",
        "?period=forever",
        "?period=%00",
    ],
)
def test_nonsense_falls_back_and_says_so(query):
    shown = period(query)
    assert shown.key == "30d"
    assert shown.error


def test_days_begin_at_midnight_of_the_business_zone_also_when_clocks_change():
    values.change("business_time_zone", "Europe/Berlin", by=None)
    shown = period("?period=custom&from=2026-10-25&to=2026-10-25")
    assert shown.end - shown.start == dt.timedelta(hours=25)
    assert shown.start == dt.datetime(2026, 10, 24, 22, tzinfo=dt.UTC)


def test_the_control_keeps_what_else_the_page_was_asked_for():
    request = RequestFactory().get("/admin/billing/?period=7d&recent_topups.state=paid")
    html = Template("{% period_control period %}").render(
        Context({"request": request, "period": PeriodForm.of(request)})
    )
    assert "recent_topups.state=paid&amp;period=90d" in html
    assert 'aria-current="true">7 d' in html
    assert "from=2026-11-08&amp;to=2026-11-14" in html
    assert "data-period-on" not in html
    assert '<input type="hidden" name="recent_topups.state" value="paid">' in html


def test_a_day_is_on_and_longer_is_in():
    asked = ("?period=7d", *(f"?period=custom&from={first}&to=2026-10-31" for first in ("2026-10-31", "2026-10-01")))
    assert [period(each).within for each in asked] == ["in the last 7 days", "on 31 Oct 2026", "in October 2026"]


def test_of_a_period_that_runs_today_and_later_days_are_to_come():
    asked = {"?period=7d": 1, "?period=custom&from=2026-11-20&to=2026-11-25": 5}
    asked |= {"?period=custom&from=2026-11-01&to=2026-11-30": 1, "?period=custom&from=2026-02-01&to=2026-02-28": 0}
    assert {each: period(each).to_come for each in asked} == asked


def test_a_page_may_open_on_the_running_month_and_step_by_whole_months():
    request = RequestFactory().get("/me/credit/statement/")
    shown = PeriodForm.of(request, periods.MONTHS, "month")
    assert (shown.first, shown.last, shown.label) == (dt.date(2026, 11, 1), dt.date(2026, 11, 30), "November 2026")
    assert (shown.previous.first, shown.previous.last) == (dt.date(2026, 10, 1), dt.date(2026, 10, 21))
    assert shown.previous.label == "first 21 days of October"
    control = periods.control(request, shown, periods.MONTHS)
    assert "from=2026-10-01&to=2026-10-31" in control["back_url"] and control["on_url"] == ""
    october = period("?period=custom&from=2026-10-01&to=2026-10-31")
    assert (october.label, october.previous.label, october.previous.days) == ("October 2026", "month before", 30)
    assert "from=2026-11-01&to=2026-11-30" in periods.control(request, october)["on_url"]


def test_all_time_has_no_neighbours_and_is_for_pages_that_offer_it():
    request = RequestFactory().get("/me/credit/statement/?period=all")
    shown = PeriodForm.of(request, periods.MONTHS, "month")
    assert (shown.first, shown.label) == (periods.EARLIEST, "all time")
    control = periods.control(request, shown, periods.MONTHS)
    assert (control["back_url"], control["on_url"]) == ("", "")
    assert PeriodForm.of(request).error
