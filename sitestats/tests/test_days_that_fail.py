"""A day that cannot be added up: its views go all the same, and no other day waits for it."""

import datetime as dt
import os
import signal
import threading

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache
from django.utils import timezone

from alerts.models import Alert
from sitestats import adding, rollups
from sitestats.models import Day, DaySlice, PageView
from sitestats.storing import Store
from sitestats.tests.test_page_views import keep, view
from tunables import values
from ui import clock


@pytest.fixture
def tried() -> list[dt.date]:
    return []


@pytest.fixture
def bad(monkeypatch, tried):
    """Days that fail: as long as they are in it."""
    days, real = set(), rollups.rebuild

    def rebuild(day):
        tried.append(day)
        return 1 / 0 if day in days else real(day)

    monkeypatch.setattr(rollups, "rebuild", rebuild)
    return days


def noon(day: dt.date) -> float:
    return (clock.midnight(day) + dt.timedelta(hours=12)).timestamp()


def test_a_day_that_cannot_be_added_up_is_let_go_as_it_was(db, bad, monkeypatch):
    """But for the last, whose views stay for one day more: it is tried until then."""
    last = timezone.now().date() - dt.timedelta(days=values.get("page_view_days") + 1)
    old, older, store = last - dt.timedelta(days=1), last - dt.timedelta(days=2), Store()
    keep(*(view(noon(day), 1) for day in (older, old, last)), store=store)
    assert rollups.catch_up() == [older, old, last]
    keep(*(view(noon(day), 2) for day in (older, old, last)), store=store)
    bad |= {older, last}
    monkeypatch.setattr(rollups, "AGAIN", 0)
    rollups.tend()
    assert set(PageView.objects.values_list("day", flat=True)) == {last}
    assert Day.objects.get(is_kept=True).day == last
    told = DaySlice.objects.filter(by="all").order_by("day").values_list("day", "views")
    assert list(told) == [(older, 1), (old, 2), (last, 1)]
    alert = Alert.objects.get(fingerprint__startswith=rollups.LET_GO)
    assert str(older) in alert.title and "those of the last time" in alert.detail and alert.severity == "bad"
    rollups.tend()
    alert.refresh_from_db()
    assert alert.count == 1
    bad.clear()
    rollups.tend()
    assert not Day.objects.filter(is_kept=True).exists() and told.get(day=last) == (last, 2)


def test_a_day_that_failed_is_tried_again_after_a_while_only(db, bad, tried):
    day, store = timezone.now().date(), Store()
    bad.add(day)
    for minute in range(3):
        keep(view(noon(day), minute), store=store)
        assert rollups.catch_up() == []
    alert = Alert.objects.get(fingerprint=rollups.FAILED)
    assert tried == [day] * 2 and alert.is_open and alert.detail == str(day)
    cache.clear()
    bad.clear()
    assert rollups.catch_up() == [day] and tried == [day] * 3
    alert.refresh_from_db()
    assert not alert.is_open


def test_what_fails_once_is_mended_by_the_next_look(db, bad):
    """The database was away for a moment, it may be."""
    day, store = timezone.now().date(), Store()
    for minute in range(3):
        keep(view(noon(day), minute), store=store)
        bad.add(day)
        assert rollups.catch_up() == []
        bad.clear()
        assert rollups.catch_up() == [day]


def test_a_look_ends_where_its_time_comes_while_a_day_is_added_up(db, monkeypatch):
    """DuckDB says something else than what the signal did."""
    keep(view(noon(dt.date(2026, 3, 10)), 1), view(noon(dt.date(2026, 3, 11)), 1))
    for_ever = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE hash(a.range, b.range) = 0"
    monkeypatch.setattr(adding, "REBUILD", for_ever)
    # In one piece, it may fall to DuckDB's second thread as a whole; and who only waits for that looks at no signal
    monkeypatch.setitem(adding.CONFIG, "threads", 1)

    def over(*about):
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGUSR1, over)
    timer = threading.Timer(2, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        timer.start()
        with pytest.raises(SoftTimeLimitExceeded):
            rollups.catch_up()
    finally:
        timer.cancel()
        signal.signal(signal.SIGUSR1, before)
    assert "it takes too long" in Alert.objects.get(fingerprint=rollups.FAILED).detail
    monkeypatch.undo()
    assert [str(day) for day in rollups.catch_up()] == ["2026-03-10"], "the other took too long a moment ago"


def test_a_day_that_takes_too_long_is_let_go_by_the_next_round(db, monkeypatch):
    """The round in which it was tried ends there."""
    keep(view(noon(dt.date(2026, 3, 10)), 1))

    def take_long(day):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(rollups, "rebuild", take_long)
    with pytest.raises(SoftTimeLimitExceeded):
        rollups.tend()
    assert PageView.objects.exists()
    rollups.tend()
    assert not PageView.objects.exists() and not Day.objects.get().is_kept
