"""A day is added up beside the database: all of it or nothing, in little memory, without asking anybody outside."""

import datetime as dt
from itertools import chain
from pathlib import Path

import duckdb
import numpy
import psycopg
import pytest
from django.db import connection, utils
from django.utils import timezone

from files import place
from sitestats import adding, rollups
from sitestats.copying import ARRAYS, Numbers
from sitestats.models import Day, DaySlice, HourSlice
from sitestats.storing import Store
from sitestats.tests.test_page_views import GPTBOT, NOON, keep, view

DAY = dt.date(2026, 3, 10)
FAILING = {
    "while it is read": ("READ", " UNION ALL SELECT 'view', ROW(1 / (SELECT count(*) FROM sitestats_deed))"),
    "while it is taken": ("READ", " UNION ALL SELECT 'path', ROW(ARRAY[1], ARRAY[1], ARRAY['neither'])"),
    "while it is added up": ("REBUILD", "SELECT error('broken')"),
    "before it is written": ("NEW", " LIMIT error('broken')"),
}


def told() -> list:
    rows = [*DaySlice.objects.order_by("pk").values(), *HourSlice.objects.order_by("pk").values()]
    return [*rows, *Day.objects.values("built", "built_at", "views")]


@pytest.mark.parametrize(("name", "more"), FAILING.values(), ids=FAILING)
def test_a_day_that_fails_stays_as_it_was(db, monkeypatch, name, more):
    store = Store()
    keep(view(), view(NOON + 1, 2, route="wall/"), store=store)
    rollups.rebuild(DAY)
    before = told()
    keep(view(NOON + 2, 3, agent=GPTBOT), store=store)
    with monkeypatch.context() as broken, pytest.raises((duckdb.Error, utils.Error)):
        broken.setattr(adding, name, getattr(adding, name) + more)
        rollups.rebuild(DAY)
    assert told() == before
    rollups.rebuild(DAY)  # by the same connection
    assert Day.objects.get().views == 3 and DaySlice.objects.filter(kind="ai", by="all").exists()


WORDS = ("rain", "snow", "wind", "moss", "reed")
MUCH = "CREATE TABLE much AS SELECT range AS one, hash(range) AS other FROM range(4_000_000)"

# Sums that are not spilled: memory has room for them, or it fails
MANY = "SELECT list(range ORDER BY hash(range)) AS one FROM range(4_000_000)"


@pytest.fixture
def little(monkeypatch, settings, tmp_path):
    """Memory that MUCH does not fit in, and an empty room for what waits."""
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setitem(adding.CONFIG, "memory_limit", "24MB")


@pytest.mark.usefixtures("little")
def test_what_memory_has_no_room_for_is_in_a_folder_that_goes():
    with adding._opened() as db:
        names = ("temp_directory", "max_temp_directory_size")
        folder, most = (db.execute(f"SELECT current_setting('{name}')").fetchone()[0] for name in names)
        db.execute(MUCH)
        ((rows, spilled),) = db.execute(
            "SELECT (SELECT count(*) FROM much), (SELECT sum(size) FROM duckdb_temporary_files())"
        ).fetchall()
        assert rows == 4_000_000 and spilled > 1_000_000
        assert most == "4.0 GiB" and Path(folder).parent == place.waiting_room()
    assert not Path(folder).exists()


@pytest.mark.usefixtures("little")
def test_what_a_killed_process_had_no_room_for_is_swept():
    with adding._opened() as db:
        db.execute(MUCH)
        ((left,),) = db.execute("SELECT current_setting('temp_directory')").fetchall()
        assert [*Path(left).iterdir()]
        assert place.clear(timezone.now() + dt.timedelta(minutes=1)) == 1 and not Path(left).exists()


@pytest.mark.usefixtures("little")
def test_what_a_killed_process_left_goes_when_the_next_adds_up(db):
    with adding._opened() as opened:
        ((left,),) = opened.execute("SELECT current_setting('temp_directory')").fetchall()
    left, other = Path(left), place.waiting_room() / "sitestats-of-another-database"
    for folder in (left, other):
        folder.mkdir()
        (folder / "spilled").touch()
    keep(view())
    rollups.rebuild(DAY)
    assert not left.exists() and other.exists()


@pytest.mark.usefixtures("little")
def test_a_day_that_needs_more_than_its_folder_may_hold_fails(monkeypatch):
    monkeypatch.setitem(adding.CONFIG, "max_temp_directory_size", "1MiB")
    with adding._opened() as db, pytest.raises(duckdb.OutOfMemoryException, match="max_temp_directory_size"):
        db.execute(MUCH)


@pytest.mark.usefixtures("little")
def test_a_day_of_scanners_has_more_memory(db, monkeypatch):
    keep(view(), view(NOON + 1, 2, agent=GPTBOT))
    limits = "CREATE TABLE limits AS SELECT current_setting('memory_limit') AS memory;"
    monkeypatch.setattr(adding, "REBUILD", f"{adding.REBUILD}; {limits} CREATE TABLE many AS {MANY}")
    with adding.added_up(DAY) as added:
        assert added.views == 2 and added.db.execute("FROM limits").fetchall() == [("953.6 MiB",)]
    monkeypatch.setattr(adding, "MOST_MEMORY", "24MB")
    with pytest.raises(duckdb.OutOfMemoryException), adding.added_up(DAY):
        pass


def test_a_text_among_thousands_of_rows_without_one_is_read():
    with adding._opened() as db:
        db.register("part", {"durations": numpy.array([*[None] * 4321, '{"7": 1}', *[None] * 678], object)})
        told = db.execute("SELECT any_value(typeof(durations)), max(durations), count(*) FROM part").fetchall()
    assert told == [("VARCHAR", '{"7": 1}', 5000)]


def test_it_reads_and_writes_nothing_else(tmp_path):
    with adding._opened() as db:
        for asked in ("INSTALL httpfs", "LOAD httpfs", f"COPY (SELECT 1) TO '{tmp_path}/file'", "SET threads = 9"):
            with pytest.raises(duckdb.Error, match=r"disabled|locked"):
                db.execute(asked)
    assert not [*tmp_path.iterdir()]


def test_views_come_in_pieces_that_are_all_of_them(db, monkeypatch):
    """As many as pages of the table, and none twice."""
    keep(*(view(NOON + second, second) for second in range(300)))
    rollups.rebuild(DAY)
    whole = told()[:-1]
    DaySlice.objects.all().delete()
    monkeypatch.setattr(adding, "READ", adding.READ.replace(f"{adding.PAGES}", "1"))
    assert sum(name == "view" for name, _ in adding._read(DAY)) > 2
    rollups.rebuild(DAY)
    assert Day.objects.get().views == 300
    assert [row | {"id": 0} for row in told()[:-1]] == [row | {"id": 0} for row in whole]


def test_slices_are_read_and_written_in_pieces_that_are_all_of_them(db, monkeypatch):
    """However many somebody makes of a day."""
    monkeypatch.setattr(adding, "AT_ONCE", 3)
    store = Store()
    people = [
        view(NOON + n, n + 1, route=f"{word}/", referrer=f"https://{word}.example/") for n, word in enumerate(WORDS)
    ]
    keep(*people, view(NOON, 9, agent=GPTBOT), store=store)
    rollups.rebuild(DAY)
    read = [columns["id"].tolist() for name, columns in adding._read(DAY) if name == "was"]
    assert sorted(chain(*read)) == sorted(DaySlice.objects.values_list("pk", flat=True)) and max(map(len, read)) == 3
    with adding.added_up(DAY) as added:
        assert [*added.gone(), *added.changed(), *added.new()] == []
    keep(*people, store=store)
    with adding.added_up(DAY) as added:
        gone, changed, new = ([len(some) for some in which()] for which in (added.gone, added.changed, added.new))
        assert sum(changed) == DaySlice.objects.filter(kind="human").count() and max(changed) == 3 and not gone + new
    DaySlice.objects.filter(kind="human").update(kind="unknown")
    rollups.rebuild(DAY)
    assert not DaySlice.objects.filter(kind="unknown").exists()
    assert sum(changed) == DaySlice.objects.filter(kind="human").count() > 30


@pytest.mark.parametrize("array", ["ARRAY[1, NULL]", "ARRAY[ARRAY[1], ARRAY[2]]"])
def test_an_array_that_is_no_column_is_refused(db, array):
    with connection.cursor() as cursor, psycopg.Cursor(cursor.connection) as asked:
        for oid in ARRAYS:
            asked.adapters.register_loader(oid, Numbers)
        asked.execute(f"SELECT {array}", binary=True)
        with pytest.raises(psycopg.DataError, match="Not an array of numbers"):
            asked.fetchone()
