"""A day's views added up by DuckDB, within this process: it does that several times as fast as PostgreSQL.

They come out of PostgreSQL column by column, as arrays that numpy reads as they are. DuckDB keeps nothing, asks nobody
outside, and writes what memory has no room for to a folder of its own. What is read and what is written is in Python by
pieces, however much it is. Both are imported by whoever adds up only.
"""

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from psycopg import Cursor

from files import place
from sitestats import durations
from sitestats.copying import ARRAYS, BEGAN, Numbers
from sitestats.models import HourSlice
from ui import clock

if TYPE_CHECKING:
    import duckdb
    import numpy

MOST_SPILLED = 4 * 1024**3  # bytes, and no more than the disk has room for
CONFIG = {
    "memory_limit": "256MB",
    "max_temp_directory_size": f"{MOST_SPILLED // 1024}KiB",
    "threads": 2,
    "preserve_insertion_order": False,
    "pandas_analyze_sample": 0,  # objects are text, whatever the first of them look like
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
INTERRUPTED = "Query interrupted"  # what DuckDB puts in the place of whatever a signal raised
MOST_MEMORY = "1GB"  # for a day that needs more than CONFIG gives
ALONE = "SET enable_external_access = false; SET lock_configuration = true"
HOUR = dt.timedelta(hours=1)
PAGES = 600  # of PostgreSQL, whose rows come at once: some 50,000 views
AT_ONCE = 20_000  # slices
SUMS = {
    "views": "count(*) FILTER (WHERE fine)",
    "entries": "count(*) FILTER (WHERE enters)",
    "exits": "count(*) FILTER (WHERE leaves)",
    "bounces": "count(*) FILTER (WHERE enters AND leaves)",
    "not_found": "count(*) FILTER (WHERE status IN (404, 410))",
    "errors": "count(*) FILTER (WHERE NOT fine)",
    "server_errors": "count(*) FILTER (WHERE status >= 500)",
    "size": "sum(size)",
    "microseconds": "sum(microseconds)",
    "makers": "count(*) FILTER (WHERE enters AND step >= 2)",
    "renders": "count(*) FILTER (WHERE enters AND step >= 3)",
    "sign_ups": "count(*) FILTER (WHERE enters AND step >= 4)",
    "top_ups": "count(*) FILTER (WHERE enters AND step >= 5)",
}
COUNTED = ("visitors", "proven", "sessions")
APART = ("by", "kind", "path", "origin", "agent", "device", "identity")  # of a day: what tells one slice from another
_KEY = APART[1:]  # in the order of their index, behind what they are by and the day
BY = (  # see DaySlice
    *("all", "path", "origin", "agent", "device", "path+origin", "path+device", "origin+device", "path+origin+device"),
    *("path+agent", "origin+agent", "path+origin+agent"),
)
NUMBERS = (*SUMS, *COUNTED)
FIGURES = ("durations", *NUMBERS)
REBUILD = (
    Path(__file__)
    .with_name("rebuild.sql")
    .read_text()
    .format(
        figures=", ".join(SUMS),
        sums=", ".join(f"{rule} AS {name}" for name, rule in SUMS.items()),
        added=", ".join(f"sum({name})::bigint AS {name}" for name in SUMS),
        hour="floor((moment - getvariable('start')) / 3600000000)::int",
        bucket=f"CASE {' '.join(f'WHEN microseconds < {edge} THEN {n}' for n, edge in enumerate(durations.EDGES))} "
        f"ELSE {durations.BUCKETS} END",
    )
)
_PIECES = f"""generate_series(0, pg_relation_size(to_regclass('sitestats_pageview_' || to_char({{0}}, 'YYYYMMDD')))
    / current_setting('block_size')::int, {PAGES}) AS page CROSS JOIN LATERAL"""
_PIECE = f"day = {{0}} AND ctid >= ('(' || page || ',0)')::tid AND ctid < ('(' || page + {PAGES} || ',0)')::tid"


class Table(NamedTuple):
    """One that DuckDB fills: its columns and their types, and the rows of PostgreSQL; those of a `day` by pieces."""

    columns: dict[str, str]
    rows: str
    day: str = ""

    def make(self, name: str) -> str:
        """The statement of DuckDB that makes it."""
        return f"CREATE TABLE {name} ({', '.join(map(' '.join, self.columns.items()))})"

    def read(self, name: str) -> str:
        """The query that tells the name and, as a record, an array of each column."""
        arrays = ", ".join(f"array_agg({column})" for column in self.columns)
        rows, pieces = self.rows, ""
        if self.day:
            rows, pieces = f"{rows} AND {_PIECE.format(self.day)}", _PIECES.format(self.day)
        record = f"SELECT ROW({arrays}) AS columns FROM ({rows}) each HAVING count(*) > 0"  # noqa: S608 - constants
        return f"SELECT '{name}', columns FROM {pieces} ({record}) part"  # noqa: S608


def _of(columns: str, kind: str) -> dict[str, str]:
    return dict.fromkeys(columns.split(), kind)


_FINE = "SELECT *, at AS moment FROM sitestats_pageview WHERE status < 400"
TABLES = {
    "view": Table(
        _of("moment visitor session", "BIGINT")
        | _of("path_id agent_id origin_id microseconds size", "INTEGER")
        | _of("status identity", "SMALLINT")
        | _of("signed_in", "BOOLEAN"),
        "SELECT *, at AS moment, user_id IS NOT NULL AS signed_in FROM sitestats_pageview WHERE true",
        day="%(day)s::date",
    ),
    "before": Table(_of("session", "BIGINT"), _FINE, day="%(day)s::date - 1"),
    "after": Table(_of("moment session", "BIGINT") | _of("path_id", "INTEGER"), _FINE, day="%(day)s::date + 1"),
    "deed": Table(
        _of("moment session", "BIGINT") | _of("what", "VARCHAR") | _of("early came_true", "BOOLEAN"),
        "SELECT *, at AS moment, day < %(day)s AS early, done_at IS NOT NULL AS came_true FROM sitestats_deed"
        " WHERE day BETWEEN %(day)s::date - 1 AND %(day)s::date + 1",
    ),
    "agent": Table(
        _of("id", "BIGINT") | _of("kind operator name purpose device", "VARCHAR"), "SELECT * FROM sitestats_useragent"
    ),
    "path": Table(
        _of("id", "BIGINT") | _of("is_known is_make", "BOOLEAN"),
        "SELECT *, text = '/make/' AS is_make FROM sitestats_path",
    ),
    "was": Table(  # pieces that follow one another in the index of slices
        _of("id", "BIGINT")
        | _of('"by" kind', "VARCHAR")
        | _of("path origin agent", "INTEGER")
        | _of("device", "VARCHAR")
        | _of("identity", "SMALLINT")
        | _of("durations", "VARCHAR")
        | dict.fromkeys(NUMBERS, "BIGINT"),
        f"SELECT id, {', '.join(APART)}, durations::text AS durations, {', '.join(NUMBERS)} FROM sitestats_dayslice"  # noqa: S608
        f" WHERE by = %(by)s AND day = %(day)s AND ({', '.join(_KEY)}) > ({', '.join(f'%({name})s' for name in _KEY)})"
        f" ORDER BY {', '.join(_KEY)} LIMIT %(most)s",
    ),
}
WAS = TABLES["was"].read("was")
# In one statement, so of one moment; slices change for nobody else meanwhile
READ = " UNION ALL ".join(table.read(name) for name, table in TABLES.items() if name != "was")
_SAME, _TEXT = ", ".join(f'"{name}"' for name in APART), {"by", "kind", "device", "durations"}
GONE = f"SELECT id FROM was ANTI JOIN day USING ({_SAME})"  # noqa: S608 - constants, as below
CHANGED = f"""SELECT id, {", ".join(f"day.{name}" for name in FIGURES)} FROM day JOIN was USING ({_SAME})
    WHERE ({", ".join(f"day.{name}" for name in FIGURES)})
    IS DISTINCT FROM ({", ".join(f"was.{name}" for name in FIGURES)})"""  # noqa: S608
# As CSV, in the order of their index, where each has its place beside the one before
_CSV = {name: f"""coalesce('"' || replace("{name}", '"', '""') || '"', '')""" for name in _TEXT}
NEW = f"""SELECT concat_ws(',', {", ".join(_CSV.get(name, name) for name in (*APART, *FIGURES))})
    FROM day ANTI JOIN was USING ({_SAME}) ORDER BY {_SAME}"""  # noqa: S608


class Added(NamedTuple):
    """What a day adds up to, and in what its slices differ from those that are there: AT_ONCE of them at a time.

    Each of the three is asked for once the one before is read to its end.
    """

    views: int
    hours: list[HourSlice]
    db: "duckdb.DuckDBPyConnection"

    def gone(self) -> Iterator[list[tuple[int]]]:
        """Ids."""
        return self._pieces(GONE)

    def changed(self) -> Iterator[list[tuple]]:
        """An id and FIGURES each."""
        return self._pieces(CHANGED)

    def new(self) -> Iterator[list[tuple[str]]]:
        """Lines of CSV that say APART and FIGURES."""
        return self._pieces(NEW)

    def _pieces(self, query: str) -> Iterator[list[tuple]]:
        found = self.db.execute(query)
        return iter(lambda: found.fetchmany(AT_ONCE), [])


@contextmanager
def added_up(day: dt.date) -> Iterator[Added]:
    """Read the day and what it needs of the days beside it, by one statement of PostgreSQL, and add it up.

    The caller holds folding.LOCK, so what there is of a folder was left by a process that was killed. Then the day's
    slices are read as they are, which nobody else may change until the end of the caller's transaction.
    """
    import duckdb

    for left in place.waiting_room().glob(f"{_spilled()}*"):
        shutil.rmtree(left, ignore_errors=True)  # it was swept just now, or another may, who began it
    room = max(0, place.room())
    limit = {"max_temp_directory_size": f"{room // 1024}KiB"} if room < MOST_SPILLED else {}
    with ExitStack() as opened:
        db = opened.enter_context(_opened(**limit))
        try:
            _fill(db, day)
        except duckdb.OutOfMemoryException:  # a day of scanners: nearly as many slices as views, twelve times
            opened.close()
            db = opened.enter_context(_opened(memory_limit=MOST_MEMORY, **limit))
            _fill(db, day)
        (views,) = db.execute("SELECT count(*) FROM view").fetchone()
        yield Added(views, _hours(db, day), db)


def _fill(db: "duckdb.DuckDBPyConnection", day: dt.date) -> None:
    """Read and add up."""
    for name, table in TABLES.items():
        db.execute(table.make(name))
    with closing(_read(day)) as parts:  # if anything fails, the database sends no more of them
        for name, columns in parts:
            db.register("part", columns)
            db.execute(f"INSERT INTO {name} SELECT * FROM part")  # noqa: S608 - a name of TABLES
            db.unregister("part")
    db.execute("SET VARIABLE start = ?", [(clock.midnight(day) - BEGAN) // dt.timedelta(microseconds=1)])
    db.execute(REBUILD)


def _hours(db: "duckdb.DuckDBPyConnection", day: dt.date) -> list[HourSlice]:
    names, midnight = ("kind", *NUMBERS), clock.midnight(day)
    rows = db.execute(f"SELECT hour, {', '.join(names)} FROM hour").fetchall()  # noqa: S608 - constants
    told = ((midnight + hour * HOUR, dict(zip(names, row, strict=True))) for hour, *row in rows)
    return [HourSlice(day=day, hour=hour, **figures) for hour, figures in told]


def _spilled() -> str:
    """How the folders begin that are of this database: another may have its own beside them."""
    where = ":".join(str(connection.settings_dict[name]) for name in ("HOST", "PORT", "NAME"))
    return f"sitestats-{blake2b(where.encode(), digest_size=4).hexdigest()}-"


@contextmanager
def _opened(**config: str) -> Iterator["duckdb.DuckDBPyConnection"]:
    import duckdb

    with (
        TemporaryDirectory(prefix=_spilled(), dir=place.waiting_room()) as folder,
        duckdb.connect(config=CONFIG | config | {"temp_directory": folder}) as db,
    ):
        db.execute(ALONE)
        try:
            yield db
        except RuntimeError as error:
            if INTERRUPTED in str(error):
                raise SoftTimeLimitExceeded from error
            raise


def _read(day: dt.date) -> Iterator[tuple[str, dict[str, "numpy.ndarray"]]]:
    """Table and columns: views, and slices as they were, some rows at a time, the others, which are few, as a whole.

    Django's own cursors do not take what comes in binary.
    """
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        for oid in ARRAYS:
            cursor.adapters.register_loader(oid, Numbers)
        for name, columns in cursor.stream(READ, {"day": day}, binary=True):
            yield name, _named(name, columns)
        for by in BY:
            told = {"day": day, "by": by, "most": AT_ONCE} | dict.fromkeys(_KEY, 0) | {"kind": "", "device": ""}
            while part := cursor.execute(WAS, told, binary=True).fetchone():
                columns = _named(*part)
                yield "was", columns
                told |= {name: columns[name][-1] for name in _KEY}


def _named(name: str, columns: tuple) -> dict[str, "numpy.ndarray"]:
    import numpy

    of_text = [numpy.array(each, object) if isinstance(each, list) else each for each in columns]
    return dict(zip(TABLES[name].columns, of_text, strict=True))
