"""A day's rollups follow what happens beside them: before a page was known, and beyond midnight."""

import datetime as dt

from django.utils import timezone

from sitestats import rollups
from sitestats.models import Day, DaySlice, PageView, Path
from sitestats.storing import Store
from sitestats.tests.test_page_views import FIREFOX, GPTBOT, keep, view
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
