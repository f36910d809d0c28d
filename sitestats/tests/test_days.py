"""A day's rollups follow what happens beside them: before a page was known, and beyond midnight."""

import datetime as dt
import re

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import sessions
from alerts.models import Alert
from sitestats import adding, deeds, rollups, signed_in, visits
from sitestats.models import Day, DaySlice, PageView, Path, UserAgent
from sitestats.storing import Store
from sitestats.tests.test_page_views import FIREFOX, GPTBOT, NOON, keep, view
from tunables import values
from ui import clock


def test_a_page_of_ours_is_known_whatever_it_was_taken_for_first(db):
    """A query that no page takes is refused before anybody looks which page it is."""
    store, refused = Store(), view(route=None, status=400)
    keep(refused, store=store)
    rollups.catch_up()
    assert not Path.objects.get().is_known and DaySlice.objects.get(by="path+device").path == 0
    keep(view(), store=store)
    assert rollups.catch_up() == [dt.date(2026, 3, 10)]
    page = Path.objects.get(is_known=True)
    assert DaySlice.objects.values_list("path", "views", "errors").get(by="path+device") == (page.pk, 1, 1)
    keep(refused, refused._replace(path="/wall/"), view(route="wall/", path="/wall/"), store=store)  # at once
    assert Path.objects.filter(is_known=True).count() == 2
    keep(refused._replace(path="/wall/"))
    assert Path.objects.filter(is_known=True).count() == 2


def test_what_is_the_same_is_not_written_again(db):
    """Each minute of a day few of its slices change."""

    def written() -> set[tuple]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT by, kind, path, agent, views, id, ctid::text FROM sitestats_dayslice")
            return set(cursor.fetchall())

    store, day = Store(), dt.date(2026, 3, 10)
    keep(view(), view(NOON + 1, 2, route="wall/"), view(NOON, 3, agent=GPTBOT), store=store)
    rollups.rebuild(day)
    first = written()
    rollups.rebuild(day)
    assert written() == first
    keep(view(NOON + 2, 2, route="wall/"), store=store)
    rollups.rebuild(day)
    wall = Path.objects.get(text="/wall/").pk
    assert {row for row in first if row[1] == "ai"} < written()
    assert {row[5] for row in written()} == {row[5] for row in first}
    assert ("path", "human", wall, 0, 2) in {row[:5] for row in written()}
    UserAgent.objects.filter(text=GPTBOT).update(kind="bot", name="Thing")
    rollups.rebuild(day)
    assert not DaySlice.objects.filter(kind="ai").exists() and DaySlice.objects.filter(kind="bot", by="all").exists()


def test_a_session_of_the_first_day_kept_began_on_the_day_before(db):
    """Whose views are still there, and their words, when the next day is added up anew."""
    first = timezone.now().date() - dt.timedelta(days=values.get("page_view_days"))
    midnight = clock.midnight(first).timestamp()
    keep(view(midnight - 60, 1, agent=GPTBOT), view(midnight + 60, 1, agent=FIREFOX), view(midnight - 90_000, 2))
    rollups.catch_up()
    rollups.tend()
    assert list(Day.objects.filter(is_kept=True).values_list("day", flat=True)) == [first]
    assert PageView.objects.count() == 2  # with words: without, they are not found
    rollups.rebuild(first)
    told = DaySlice.objects.filter(day=first, by="all").values_list("sessions", "entries", "exits")
    assert list(told) == [(1, 0, 1)]


def test_what_a_session_does_long_after_midnight_is_told_where_it_began(db):
    """Each minute the days are added up; a page that it has seen on this day already changes nothing of the other."""
    midnight = dt.datetime(2026, 3, 11, tzinfo=dt.UTC).timestamp()
    before, day, store = dt.date(2026, 3, 10), dt.date(2026, 3, 11), Store()
    keep(view(midnight - 60, 1, route="wall/"), store=store)
    assert rollups.catch_up() == [before]
    for minute, yesterday, changed in ((20, 1, [before, day]), (40, 0, [day]), (60, 0, [day])):
        keep(view(midnight + minute * 60, 2, before=yesterday, route="wall/"), store=store)
        assert rollups.catch_up() == changed
    keep(view(midnight + 4000, 2), view(midnight + 4001, 3), store=store)
    assert rollups.catch_up() == [before, day]
    told = DaySlice.objects.filter(by="all", kind="human").order_by("day").values_list("entries", "exits", "makers")
    assert list(told) == [(1, 0, 1), (1, 2, 1)]


def test_what_cannot_be_settled_holds_up_no_day(db, monkeypatch):
    keep(view())
    with monkeypatch.context() as broken:
        broken.setattr(deeds, "settle", lambda: 1 / 0)
        broken.setattr(rollups, "reclassify", lambda: 1 / 0)
        assert rollups.catch_up() == [dt.date(2026, 3, 10)]
    assert Alert.objects.get(fingerprint=rollups.FAILED, acknowledged_at=None).detail == "user agents, what came true"
    assert rollups.catch_up() == [] and not Alert.objects.get(fingerprint=rollups.FAILED).is_open


def test_what_one_look_has_no_time_for_is_done_by_the_next(db, monkeypatch, caplog):
    """The newest day first, which changes all the time; of the others one a look, that nobody waits for ever."""
    days, store = [dt.date(2026, 3, 10) + dt.timedelta(days=n) for n in range(4)], Store()
    keep(*(view(NOON + n * 86_400, n) for n in range(3)), store=store)
    monkeypatch.setattr(rollups, "TURN", -1)
    for look in range(3):
        keep(view(NOON + 3 * 86_400, 9 + look), store=store)
        assert rollups.catch_up() == [days[look], days[3]]
    assert rollups.catch_up() == []
    waited = "Page views of 2026-03-11, 2026-03-12 wait", "Page views of 2026-03-12 wait"
    assert [one in line for one, line in zip(waited, caplog.messages, strict=True)] == [True, True]


def test_a_look_ends_with_the_time_of_its_worker(db, monkeypatch):
    """And the day that took it is named."""
    keep(view(), view(NOON + 86_400))
    begun = []

    def take_long(day):
        begun.append(day)
        raise SoftTimeLimitExceeded

    with monkeypatch.context() as slow, pytest.raises(SoftTimeLimitExceeded):
        slow.setattr(rollups, "rebuild", take_long)
        rollups.catch_up()
    assert begun == [dt.date(2026, 3, 11)]
    told = Alert.objects.get(fingerprint=rollups.FAILED, acknowledged_at=None).detail
    assert told == "the page views of 2026-03-11: it takes too long"
    assert rollups.catch_up() == [dt.date(2026, 3, 10)], "which it does not hold up again"
    assert Alert.objects.get(fingerprint=rollups.FAILED).is_open
    cache.clear()  # a while later
    assert rollups.catch_up() == begun and not Alert.objects.get(fingerprint=rollups.FAILED).is_open


def test_who_is_signed_in_is_found_at_once_for_all(member, outsider, owner, django_assert_num_queries):
    browsers = {person: Client() for person in (member, outsider, owner)}
    for person, browser in browsers.items():
        browser.force_login(person)
    keys = {person: browser.session.session_key for person, browser in browsers.items()}
    sessions.end_all(outsider, by=None)
    with django_assert_num_queries(2):
        found = signed_in.look_up({*keys.values(), "0" * 32})
    told = {keys[member]: (member.pk, False), keys[outsider]: (None, False), keys[owner]: (owner.pk, True)}
    assert found == told | {"0" * 32: (None, False)}


def test_a_long_session_says_that_it_goes_on(client_of, owner, monkeypatch):
    monkeypatch.setattr(visits, "OF_SESSION", 2)
    keep(*(view(at) for at in (NOON, NOON + 1)))
    address = f"/admin/site-stats/sessions/{visits.number_of(PageView.objects.first().session)}/?day=2026-03-10"
    browser = client_of(owner)
    assert "What it saw: 2 pages" in browser.get(address).content.decode()
    keep(view(NOON + 2))
    assert "What it saw: the first 2 pages" in browser.get(address).content.decode()


def test_slices_are_read_in_the_order_of_their_index(db):
    """By all that they are told by, since the index begins with it; a piece is found behind the one before."""
    assert {*re.findall(r"(?:THEN|ELSE|SELECT) '([a-z+]+)'", adding.REBUILD)} == {*adding.BY}
    keep(view())
    rollups.catch_up()
    behind = {"kind": "human", "path": 1, "origin": 2, "agent": 3, "device": "phone", "identity": 4}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # of a few rows none would be looked up
        cursor.execute(f"EXPLAIN {adding.WAS}", behind | {"by": "path", "day": "2026-03-10", "most": 20})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "using sitestats_one_dayslice" in plan and "Sort" not in plan, plan
    assert re.search(
        r"Index Cond: \(.*by.*day.*ROW\(\(kind\)::text, path, origin, agent, \(device\)::text, identity\) > ROW", plan
    ), plan
