"""Days of usage: equal however they came about, and equal to the cuts; time saved by its rules."""

import datetime as dt
import uuid
from contextlib import suppress

import pytest
from django.utils import timezone

from accounting import tasks
from accounting.models import DayReturn, DayUsage, UsageChange, UsageLook
from accounting.usage import days, queries, rollups, savings
from accounts.models import User
from accounts.tests.make import make_user
from poemvision.celery import app
from studio.models import Cut, SizedPicture
from studio.tests.make import make_cut, make_file, make_poem
from tunables import values
from ui.periods import Period

NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def asked(at, minutes=2, **more):
    return make_cut(created_at=at, queued_at=at, started_at=at, finished_at=at + dt.timedelta(minutes=minutes), **more)


def rows():
    return [
        sorted((tuple(row) for row in model.objects.values_list(*names)), key=str)
        for model, names in (
            (DayUsage, ["day", "makers", "part", "value", *rollups.SUMS]),
            (DayReturn, ["day", "makers", "what", "before", "number"]),
        )
    ]


def rebuilt():
    UsageLook.objects.all().delete()
    rollups.catch_up()
    return rows()


def purge(cut):
    """As housekeeping does with what nobody deleted."""
    SizedPicture.objects.filter(cut=cut).delete()
    Cut.objects.filter(pk=cut.pk).update(text="", deleted_at=NOON + 90 * DAY, purged_at=NOON + 90 * DAY)


def of_cuts(period, makers=""):
    """Different members, visitors and poems, counted from the cuts themselves."""
    found = queries.cuts(period, makers=makers)
    return {name: len({getattr(cut, key) for cut in found} - {None}) for name, key in rollups.WHO.items()}


@pytest.fixture
def made(member, owner):
    """Members, a visitor and staff on four days; the rows are up to date, then more happens."""
    other, visitor, poem = make_user(), uuid.uuid4(), make_poem()
    for number in range(4):
        cut = asked(NOON + number * DAY, owner=member, poem=poem, made_with=["poem"])
        SizedPicture.objects.create(cut=cut, size="story", file=make_file())
        asked(NOON + number * DAY, visitor=visitor, state="failed" if number else "done", error="No music.")
    asked(NOON + DAY, owner=owner)
    asked(NOON + 2 * DAY, owner=other, poem=make_poem(), text="Snow.")
    rollups.catch_up()
    return member, other, visitor


def test_beat_looks_for_usage_also_when_the_books_fail(db, monkeypatch):
    monkeypatch.delattr(tasks.rollups, "catch_up")
    for entry in app.conf.beat_schedule.values():
        if entry["task"].startswith("accounting."):
            with suppress(AttributeError):
                app.tasks[entry["task"]]()
    assert UsageLook.objects.exists()


def test_they_say_what_the_cuts_say_whatever_happens_in_whichever_order(made):
    member, other, visitor = made
    never = Period("", NOON.date() - 99 * DAY, NOON.date() - 99 * DAY, "")
    spans = [
        Period("", NOON.date() + first * DAY, NOON.date() + last * DAY, "", never)
        for first, last in ((0, 3), (1, 2), (2, 9))
    ]

    def agrees():
        for period in spans:
            for makers in queries.MAKERS:
                assert days.different(period, makers) == of_cuts(period, makers)
                found = queries.figures(period, makers)
                for what in queries.WHAT:
                    assert getattr(found, what) == queries.cuts(period, makers=makers, what=what).count(), what
                for one in queries.usage_breakdown(period=period, part="feature", makers=makers):
                    which = {"makers": makers, "part": "feature", "value": one.value}
                    assert one.cuts == queries.cuts(period, **which).count(), one.value

    agrees()
    assert not UsageChange.objects.exists()
    asked(timezone.now(), visitor=uuid.uuid4())
    today = Period("", timezone.now().date(), timezone.now().date(), "")
    assert queries.figures(today, "").asked == 1 and not days.different(today, "")["visitor"]
    UsageLook.objects.update(at=timezone.now() - rollups.LATE)
    assert days.different(today, "")["visitor"] == 1
    happenings = [
        lambda: asked(NOON - 3 * DAY, owner=other),  # late: it finds its day
        lambda: Cut.objects.filter(owner=member).order_by("pk")[:1].get().poem.delete(),
        lambda: Cut.objects.filter(visitor=visitor).update(downloads=1),
        lambda: User.objects.filter(pk=other.pk).update(role="support"),
        lambda: Cut.objects.filter(owner=member, created_at=NOON + DAY).update(deleted_at=timezone.now()),
        lambda: purge(Cut.objects.filter(owner=member, deleted_at=None).first()),
    ]
    for happen in happenings:
        happen()
        assert UsageChange.objects.exists()
        agrees()  # read from the cuts until the next look
        rollups.catch_up()
        assert not UsageChange.objects.exists()
        agrees()
    found = rows()
    assert found == rebuilt()
    rollups.rebuild(NOON.date(), NOON.date() + DAY)
    assert found == rows()
    Cut.objects.filter(owner=member).update(views=5)
    assert not UsageChange.objects.exists(), "nothing that counts"


def test_a_poem_is_known_by_its_words_also_when_these_are_gone(member):
    for day, words in enumerate(("Rain,\nrain.", " rain,  RAIN. ", "Snow.")):
        purge(asked(NOON + day * DAY, owner=member, text=words))
    rollups.catch_up()
    period = Period("", NOON.date(), NOON.date() + 2 * DAY, "")
    assert days.different(period, "member")["poem"] == 2 == of_cuts(period, "member")["poem"]


def test_days_follow_the_time_zone_over_its_turn_of_the_clock(member):
    values.change("business_time_zone", "Europe/Berlin", by=None)
    at = dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC)  # Berlin's day of 23 hours
    for hours in (-2, 0, 21, 22):  # its day begins at −1.5 and ends at 21.5 hours
        asked(at + dt.timedelta(hours=hours), owner=member)
    rollups.catch_up()
    per_day = DayUsage.objects.filter(part="").order_by("day")
    assert [row.asked for row in per_day] == [1, 2, 1]
    values.change("business_time_zone", "UTC", by=None)
    rollups.catch_up()
    assert [row.asked for row in per_day.all()] == [1, 3]


def test_a_cut_is_kept_for_a_day_at_the_look_that_finds_it_so(db, monkeypatch):
    now = timezone.now()
    cut, period = asked(now - 23 * DAY / 24), Period("", (now - 2 * DAY).date(), now.date(), "")

    def saved():
        (told,) = savings.told([cut])
        assert told.saved == queries.figures(period).saved
        return told.saved

    rollups.catch_up()
    assert saved() == 28
    monkeypatch.setattr(timezone, "now", lambda: now + DAY / 8)
    assert saved() == 28
    rollups.catch_up()
    assert saved() == 58 and not UsageChange.objects.exists()


def test_what_saves_time(member):
    """Half until a day has passed, the waits for deleted ones in equal parts, at most CAP a day, never below zero."""
    now = timezone.now()

    def saved(*cuts):
        return [float(cut.saved) for cut in savings.told(cuts)]

    young = asked(now - dt.timedelta(hours=1), visitor=uuid.uuid4())
    assert saved(young) == [60 / 2 - 2]
    Cut.objects.filter(pk=young.pk).update(downloads=1)
    assert saved(young) == [60 - 2]
    first, second = asked(NOON, owner=member), asked(NOON, owner=member)
    purge(second)
    second.refresh_from_db()
    thrown = asked(NOON, minutes=6, owner=member, deleted_at=NOON)
    assert saved(first, second, thrown) == [60 - 2 - 3, 60 - 2 - 3, 0] and float(thrown.lost) == 6
    Cut.objects.filter(pk=thrown.pk).update(state="failed", deleted_at=None)
    assert saved(first, thrown) == [60 - 2 - 3, 0]
    slow = asked(NOON + DAY, minutes=90, owner=member)
    assert saved(slow) == [0]
    many = [asked(NOON + 2 * DAY, minutes=20, owner=member, service="studio_render") for _ in range(6)]
    assert saved(*many) == [80.0] * 6 and sum(saved(*many)) == savings.CAP
