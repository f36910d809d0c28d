"""Batches of page views go into their days: one transaction each, with the batch's id, so that none counts twice.

After a lost answer the same batch is sent again under the same id; if it is there already, that was the answer.
"""

import datetime as dt
import secrets
import uuid
from collections import Counter
from dataclasses import dataclass, field

from django.db import connection, transaction

from sitestats import dictionaries
from sitestats.recording import Seen
from sitestats.salts import IDLE
from ui import clock

COPY = """COPY sitestats_pageview
    (at, visitor, session, user_id, day, path_id, agent_id, origin_id, microseconds, size, status) FROM STDIN"""
BEGIN = "INSERT INTO sitestats_batch (id, at) VALUES (%s, now()) ON CONFLICT DO NOTHING"
# One batch at a time: what two processes know of a visitor's session is then in order, and no two wait for each other
LOCK = "SELECT pg_advisory_xact_lock(hashtext('sitestats.store'))"
VISITS = """SELECT visitor, session, origin, extract(epoch FROM last_at)::float FROM sitestats_visit
    WHERE visitor = ANY(%s)"""
KEEP_VISITS = """INSERT INTO sitestats_visit (visitor, session, origin, last_at)
    SELECT v, s, o, to_timestamp(l) FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::float[]) AS t (v, s, o, l)
    ON CONFLICT (visitor) DO UPDATE SET
        session = excluded.session, origin = excluded.origin, last_at = excluded.last_at"""
TALLY = """INSERT INTO sitestats_tally AS t (day, what, number)
    SELECT * FROM unnest(%s::date[], %s::text[], %s::bigint[])
    ON CONFLICT (day, what) DO UPDATE SET number = t.number + excluded.number"""
CHANGED = """INSERT INTO sitestats_day AS d (day, revision, built, views, seconds)
    SELECT day, 1, 0, 0, 0 FROM unnest(%s::date[]) AS u (day)
    ON CONFLICT (day) DO UPDATE SET revision = d.revision + 1"""

DAY = dt.timedelta(days=1)
QUARTER = 900  # seconds: wherever it is, a day begins with one of them


@dataclass
class Batch:
    views: list[Seen]
    others: Counter  # what became of the requests that were no view -> how many
    served: int
    id: uuid.UUID = field(default_factory=uuid.uuid4)

    def __bool__(self):
        return bool(self.views or self.others or self.served)


class Store:
    """What one flusher knows: the numbers of texts, the partitions that are there, where days begin."""

    def __init__(self):
        self.forget()

    def forget(self) -> None:
        """As if it had just begun: something in the database was not as it had been."""
        self.paths, self.agents, self.origins = dictionaries.make()
        self.partitions: set[dt.date] = set()

    def write(self, batch: Batch) -> bool:
        """Store a batch; False when it was stored before."""
        zone = clock.zone()
        views = sorted(batch.views, key=lambda view: view.at)
        quarters = {view.at // QUARTER for view in views}
        day_of = {quarter: dt.datetime.fromtimestamp(quarter * QUARTER, zone).date() for quarter in quarters}
        days = [day_of[view.at // QUARTER] for view in views]
        self._learn(views)
        self._have_partitions(set(days))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK)
            cursor.execute(BEGIN, [batch.id])
            if not cursor.rowcount:
                return False
            self._copy(cursor, views, days)
            today = dt.datetime.now(zone).date()
            counts = _tallies(batch, days, today)
            rows = sorted((day, what, number) for (day, what), number in counts.items() if number)
            cursor.execute(TALLY, [list(column) for column in zip(*rows, strict=True)] or [[], [], []])
            before = {day - DAY for view, day in zip(views, days, strict=True) if view.before}  # its sessions go on
            cursor.execute(CHANGED, [sorted({*days, *before})])
        return True

    def _learn(self, views: list[Seen]) -> None:
        self.paths.learn({dictionaries.shape(view.route, view.path if view.route is None else "") for view in views})
        self.agents.learn({view.agent for view in views})
        self.origins.learn({dictionaries.origin(view.referrer, view.query) for view in views})

    def _have_partitions(self, days: set[dt.date]) -> None:
        for day in sorted(days - self.partitions):
            make_partition(day)
            self.partitions.add(day)

    def _copy(self, cursor, views: list[Seen], days: list[dt.date]) -> None:
        cursor.execute(VISITS, [list({number for view in views for number in (view.visitor, view.before) if number})])
        visits = {visitor: (session, origin, last) for visitor, session, origin, last in cursor.fetchall()}
        lines, touched = [], set()
        for view, day in zip(views, days, strict=True):
            session, origin = self._session(visits, view)
            touched.add(view.visitor)
            path = self.paths.number(dictionaries.shape(view.route, view.path if view.route is None else ""))
            at = dt.datetime.fromtimestamp(view.at, dt.UTC)
            user = r"\N" if view.user is None else view.user
            lines.append(
                f"{at}\t{view.visitor}\t{session}\t{user}\t{day}\t{path}\t{self.agents.number(view.agent)}\t{origin}"
                f"\t{view.microseconds}\t{view.size}\t{view.status}\n"
            )
        with cursor.copy(COPY) as copy:
            copy.write("".join(lines))
        kept = [(visitor, *visits[visitor]) for visitor in sorted(touched)]
        cursor.execute(KEEP_VISITS, [list(column) for column in zip(*kept, strict=True)] or [[], [], [], []])

    def _session(self, visits: dict, view: Seen) -> tuple[int, int]:
        """The one that goes on, by today's number or yesterday's, or a new one, which comes whence this view does."""
        running = visits.get(view.visitor) or visits.get(view.before)
        if running is None or abs(view.at - running[2]) > IDLE:
            origin = self.origins.number(dictionaries.origin(view.referrer, view.query))
            running = (secrets.randbits(63), origin, view.at)
        visits[view.visitor] = (*running[:2], max(running[2], view.at))
        return running[:2]


def make_partition(day: dt.date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sitestats_make_partition(%s)", [day])


def _tallies(batch: Batch, days: list[dt.date], today: dt.date) -> Counter:
    """By the day of each view; what was no view belongs to the day it is stored on."""
    counts = Counter({(today, what): number for what, number in batch.others.items()})
    for day, number in Counter(days).items():
        counts[day, "counted"] += number
        if day != today:
            counts[day, "served"] += number
    counts[today, "served"] += batch.served - sum(day != today for day in days)
    return counts
