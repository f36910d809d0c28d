"""Figures and times on screen."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tunables import values
from ui import format


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Decimal("12.34"), "$12.34"),
        (Decimal("1234567.891"), "$1,234,567.89"),
        (Decimal("0"), "$0.00"),
        (Decimal("-0"), "$0.00"),
        (Decimal("-5"), "−$5.00"),
        (5, "$5.00"),
        (Decimal("0.005"), "$0.005"),
        (Decimal("-0.000001"), "−$0.000001"),
        (Decimal("0.0000004"), "$0.00"),
        (Decimal("0.01"), "$0.01"),
        (Decimal("0.009999"), "$0.009999"),
        (Decimal("0.105"), "$0.11"),
        (Decimal("NaN"), "–"),
        (None, "–"),
    ],
)
def test_money(amount, shown):
    assert format.money(amount) == shown


def test_money_refuses_floats():
    with pytest.raises(TypeError):
        format.money(12.5)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_money_never_shows_a_minus_before_nothing(amount):
    shown = format.money(amount)
    assert shown.startswith(("$", "−$"))
    assert shown != "−$0.00"
    assert "E" not in shown


@pytest.mark.parametrize(
    ("now", "before", "shown"),
    [
        (118, 100, "+18.0%"),
        (12515, 100, "+12,415.0%"),
        (97, 100, "−3.0%"),
        (100, 100, "±0%"),
        (5, 0, "new"),
        (0, 0, "±0%"),
        (None, 1, "–"),
    ],
)
def test_change(now, before, shown):
    assert format.change(now, before) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.34, "340 ms"), (12, "12 s"), (125, "2 min 5 s"), (11400, "3 h 10 min"), (180_000, "2 d 2 h"), (None, "–")],
)
def test_duration(seconds, shown):
    assert format.duration(seconds) == shown


@pytest.mark.parametrize(("number", "shown"), [(0, "0 B"), (512, "512 B"), (1200, "1.2 kB"), (3_400_000, "3.4 MB")])
def test_bytes(number, shown):
    assert format.size(number) == shown


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        ({"seconds": 5}, "now"),
        ({"minutes": 3}, "3 minutes ago"),
        ({"minutes": 59}, "59 minutes ago"),
        ({"minutes": 59, "seconds": 40}, "1 hour ago"),
        ({"hours": 1}, "1 hour ago"),
        ({"hours": 23}, "23 hours ago"),
        ({"days": 1}, "yesterday"),
        ({"days": 3}, "3 days ago"),
        ({"days": 40}, "12 Oct 2026"),
        ({"days": -35}, "26 Dec 2026"),
        ({"hours": -2}, "in 2 hours"),
        ({"days": -1}, "tomorrow"),
        ({"hours": 35, "minutes": 59}, "yesterday"),
        ({"hours": 36, "minutes": 1}, "2 days ago"),
        ({"hours": -35}, "tomorrow"),
        ({"hours": -36}, "in 2 days"),
    ],
)
def test_relative_times(ago, shown, db):
    now = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    assert format.relative(now - dt.timedelta(**ago), now) == shown


@pytest.mark.parametrize(
    ("moment", "now", "shown"),
    [
        ((2026, 11, 29, 0, 0), (2026, 11, 27, 21, 12), "in 2 days"),
        ((2026, 11, 29, 0, 0), (2026, 11, 28, 0, 10), "tomorrow"),
        ((2026, 11, 28, 23, 50), (2026, 11, 27, 0, 10), "tomorrow"),
        ((2026, 11, 27, 0, 10), (2026, 11, 28, 23, 50), "yesterday"),
        ((2026, 11, 26, 23, 50), (2026, 11, 28, 0, 10), "2 days ago"),
        ((2026, 11, 28, 23, 59), (2026, 11, 28, 0, 1), "in 24 hours"),
        ((2026, 11, 28, 0, 10), (2026, 11, 27, 23, 50), "in 20 minutes"),
    ],
)
def test_days_are_those_of_the_calendar(moment, now, shown):
    zone = ZoneInfo("Asia/Tokyo")
    now = dt.datetime(*now, tzinfo=zone).astimezone(dt.UTC)
    assert format.relative(dt.datetime(*moment, tzinfo=zone), now) == shown


def test_when_tells_the_absolute_time_in_the_business_zone(db):
    values.change("business_time_zone", "Europe/Paris", by=None)
    html = format.when(dt.datetime(2026, 7, 1, 23, 30, tzinfo=dt.UTC))
    assert 'datetime="2026-07-01T23:30:00Z"' in html
    assert 'title="2 Jul 2026, 01:30 CEST"' in html


def test_a_day_is_a_day_of_the_business_zone(db):
    values.change("business_time_zone", "Asia/Tokyo", by=None)
    assert ">2 Jul 2026<" in format.day(dt.datetime(2026, 7, 1, 20, tzinfo=dt.UTC))
    assert ">1 Jul 2026<" in format.day(dt.date(2026, 7, 1))


def test_nothing_is_a_dash(db):
    shown = Template("{{ x|money }}{{ x|when }}{{ x|day }}{{ x|percent }}{{ x|count }}{{ x|bytes }}").render(
        Context({"x": None})
    )
    assert shown == "–" * 6


def test_names_of_code_break_after_underscores():
    assert format.breakable("a_b<c") == "a_<wbr>b&lt;c"


def test_initials_and_hue():
    assert format.initials("Ada Okafor") == "AO"
    assert format.initials("Ada Lovelace King") == "AK"
    assert format.initials("ada.okafor@example.com") == "AO"
    assert format.initials("") == "?"
    assert format.hue("x") == format.hue("x") in range(6)


def test_the_tags_escape_what_people_typed(db):
    evil = "<script>alert(1)</script>"
    page = Template(
        '{% badge x "good" %}{% nothing x %}<p>{{ x }}</p>{% endnothing %}{% kpi x x note=x %}'
        '{% progress x 1 2 note=x %}{% dialog "d" x x %}{{ x }}{% enddialog %}'
    ).render(Context({"x": evil}))
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") >= 9


def test_an_icon_is_decoration_unless_it_has_a_label(db):
    assert 'aria-hidden="true"' in Template('{% icon "users" %}').render(Context())
    assert 'aria-label="People"' in Template('{% icon "users" label="People" %}').render(Context())


def test_when_follows_the_clock(db):
    assert ">now<" in format.when(timezone.now())
