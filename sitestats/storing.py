"""Batches of page views go into their days: one transaction each, with the batch's id, so that none counts twice.

After a lost answer the same batch is sent again under the same id; if it is there already, that was the answer.
"""

import datetime as dt
import secrets
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.db import connection, transaction

from sitestats import copying, dictionaries, first_touch, shapes, signed_in
from sitestats.recording import STAFF, Crawled, Did, Seen
from sitestats.salts import IDLE
from ui import clock

BEGIN = "INSERT INTO sitestats_batch (id, at) VALUES (%s, now()) ON CONFLICT DO NOTHING"
# One batch at a time: what two processes know of a visitor's session is then in order, and no two wait for each other
LOCK = "SELECT pg_advisory_xact_lock(hashtext('sitestats.store'))"
VISITS = """SELECT visitor, session, origin, extract(epoch FROM last_at)::float FROM sitestats_visit
    WHERE visitor = ANY(%s::bigint[])"""
KEEP_VISITS = """INSERT INTO sitestats_visit (visitor, session, origin, last_at)
    SELECT v, s, o, to_timestamp(l) FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::float[]) AS t (v, s, o, l)
    ON CONFLICT (visitor) DO UPDATE SET
        session = excluded.session, origin = excluded.origin, last_at = excluded.last_at"""
TALLY = """INSERT INTO sitestats_tally AS t (day, what, number)
    SELECT * FROM unnest(%s::date[], %s::text[], %s::bigint[])
    ON CONFLICT (day, what) DO UPDATE SET number = t.number + excluded.number"""
DEEDS = """INSERT INTO sitestats_deed (what, subject, session, day, at, done_at)
    SELECT what, subject, session, day, to_timestamp(at), CASE what WHEN 'sign_up' THEN to_timestamp(at) END
    FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::date[], %s::float[]) AS u (what, subject, session, day, at)
    ON CONFLICT DO NOTHING"""
CRAWLS = """INSERT INTO sitestats_crawl AS c (day, agent, robots_txt, closed)
    SELECT day, agent, count(*) FILTER (WHERE what = 'robots_txt'), count(*) FILTER (WHERE what = 'closed')
    FROM unnest(%s::date[], %s::int[], %s::text[]) AS u (day, agent, what) GROUP BY day, agent
    ON CONFLICT (day, agent) DO UPDATE SET
        robots_txt = c.robots_txt + excluded.robots_txt, closed = c.closed + excluded.closed"""
CHANGED = """INSERT INTO sitestats_day AS d (day, revision, built, views, seconds)
    SELECT day, 1, 0, 0, 0 FROM unnest(%s::date[]) AS u (day)
    ON CONFLICT (day) DO UPDATE SET revision = d.revision + 1"""

# A deed is told where its session began, which may have been on the day before, and proves its visitor of the next
CHANGED_BESIDE = """UPDATE sitestats_day SET revision = revision + 1
    WHERE day - 1 = ANY(%(days)s::date[]) OR day + 1 = ANY(%(days)s::date[])"""

# A page of ours that was asked for before it was one, or in a way that led to no page
OURS = "UPDATE sitestats_path SET is_known = true WHERE text = ANY(%s) AND NOT is_known"
ANEW = "UPDATE sitestats_day SET revision = revision + 1 WHERE is_kept"

# Whether any of these sessions began on the day before and sees such a page of this day for the first time: that may
# be where it got to, and how far, of the day on which it began. A day without statistics must not be read as a whole
OF_BEFORE = """SELECT true FROM unnest(%(sessions)s::bigint[], %(paths)s::int[]) AS seen (session, path)
    CROSS JOIN LATERAL (SELECT FROM sitestats_pageview p
        WHERE p.day = %(day)s::date - 1 AND p.session = seen.session LIMIT 1) began
    LEFT JOIN LATERAL (SELECT true AS already FROM sitestats_pageview p WHERE p.day = %(day)s::date
        AND p.session = seen.session AND p.path_id = seen.path AND p.status < 400 LIMIT 1) earlier ON true
    WHERE already IS NULL LIMIT 1"""
INDEXES = "SET LOCAL enable_seqscan = off"

REFUSED = "dropped: refused"
DAY = dt.timedelta(days=1)
QUARTER = 900  # seconds: wherever it is, a day begins with one of them


@dataclass
class Batch:
    views: list[Seen]
    others: Counter  # what became of the requests that were no view -> how many
    served: int
    beside: list[Did | Crawled] = field(default_factory=list)
    id: uuid.UUID = field(default_factory=uuid.uuid4)

    def __bool__(self):
        return bool(self.views or self.others or self.served or self.beside)

    @property
    def rows(self) -> list[Seen | Did | Crawled]:
        return [*self.views, *self.beside]

    def halves(self) -> list["Batch"]:
        """Two that say the same together; what was no view is said by the first."""
        rows, parts = self.rows, []
        for some in (rows[len(rows) // 2 :], rows[: len(rows) // 2]):
            views = [row for row in some if type(row) is Seen]
            parts.append(Batch(views, Counter(), len(views), [row for row in some if type(row) is not Seen]))
        parts[1].others, parts[1].served = self.others, self.served - parts[0].served
        return parts[::-1]

    def without_rows(self) -> "Batch":
        """The same answers, its views as refused ones."""
        return Batch([], self.others + Counter({REFUSED: len(self.views)}), self.served)


class Store:
    """What one flusher knows: the numbers of texts, the partitions that are there, where days begin."""

    def __init__(self):
        self.forget()

    def forget(self) -> None:
        """As if it had just begun: something in the database was not as it had been."""
        self.paths, self.agents, self.origins = dictionaries.make()
        self.partitions: set[dt.date] = set()
        self.ours: set[str] = set()
        self.codes: dict[int, set[str]] = {at: set() for at, _ in dictionaries.CODES}  # that somebody made

    def write(self, batch: Batch) -> bool:
        """Store a batch; False when it was stored before."""
        try:
            return self._write(batch)
        except dictionaries.Forgotten:
            self.forget()
            return self._write(batch)

    def has(self, batch: Batch) -> bool:
        """Whether it was stored and only the answer got lost; one that is still on its way is waited for."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK)
            cursor.execute("SELECT EXISTS (SELECT FROM sitestats_batch WHERE id = %s)", [batch.id])
            return cursor.fetchone()[0]

    def _write(self, batch: Batch) -> bool:
        zone = clock.zone()
        batch = _with_people(batch)
        told = sorted([*batch.views, *batch.beside], key=lambda each: each.at)
        quarters = {each.at // QUARTER for each in told}
        day_of = {quarter: dt.datetime.fromtimestamp(quarter * QUARTER, zone).date() for quarter in quarters}
        views, deeds, crawls = (
            [(each, day_of[each.at // QUARTER]) for each in told if type(each) is kind] for kind in (Seen, Did, Crawled)
        )
        days, done = Counter(day for _, day in views), {day for _, day in deeds}
        words = self._words(told)
        for dictionary, wanted in words:
            dictionary.learn(wanted)
        self._have_partitions(set(days))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK)
            cursor.execute(BEGIN, [batch.id])
            if not cursor.rowcount:
                return False
            for dictionary, wanted in words:
                dictionary.check(cursor, wanted)
            ours = self._own(cursor, words[0][1])
            seen = [each for each in told if type(each) is not Crawled]
            visits = self._visits(cursor, seen)
            running = {session for session, _, _ in visits.values()}
            sessions = {id(each): self._session(visits, each) for each in seen}  # views and deeds in their order
            before = self._of_before(cursor, views, sessions, running)
            self._copy(cursor, views, sessions)
            _keep_deeds(cursor, deeds, sessions)
            self._keep_crawls(cursor, crawls)
            _keep_visits(cursor, {each.visitor for each in seen}, visits)
            counts = _tallies(batch, days, clock.today())
            rows = sorted((day, what, number) for (day, what), number in counts.items() if number)
            cursor.execute(TALLY, [list(column) for column in zip(*rows, strict=True)] or [[], [], []])
            cursor.execute(CHANGED, [sorted({*days, *before, *done})])
            cursor.execute(CHANGED_BESIDE, {"days": sorted(done)})
        self.ours |= ours
        return True

    def _words(self, told: list[Seen | Did | Crawled]) -> list[tuple[dictionaries.Dictionary, set]]:
        views = [each for each in told if type(each) is Seen]
        shapes = {_shape(view) for view in views}
        came = [each for each in told if type(each) is not Crawled]
        origins = {_origin(each) for each in came}
        for at, what in dictionaries.CODES:
            self.codes[at] |= first_touch.there(what, {origin[at] for origin in origins} - self.codes[at])
        if not all(map(self._is_real, origins)):
            origins = {self._origin(each) for each in came}
        agents = {each.agent for each in told if type(each) is not Did}
        return [(self.paths, shapes), (self.agents, agents), (self.origins, origins)]

    def _own(self, cursor, shapes: set[tuple[str, bool]]) -> set[str]:
        """Pages of ours that we have not seen yet; whatever they were taken for, they are known from now on."""
        new = {text for text, is_known in shapes if is_known} - self.ours
        if new:
            cursor.execute(OURS, [list(new)])
            if cursor.rowcount:
                cursor.execute(ANEW)
        return new

    def _have_partitions(self, days: set[dt.date]) -> None:
        for day in sorted(days - self.partitions):
            make_partition(day)
            self.partitions.add(day)

    def _visits(self, cursor, seen: list[Seen | Did]) -> dict:
        cursor.execute(VISITS, [_array({number for each in seen for number in (each.visitor, each.before) if number})])
        return {visitor: (session, origin, last) for visitor, session, origin, last in cursor.fetchall()}

    def _of_before(self, cursor, views: list[tuple[Seen, dt.date]], sessions: dict, running: set[int]) -> set[dt.date]:
        """The days on which sessions began that now go on: they are told there."""
        found = set()
        cursor.execute(INDEXES)
        for day in {day for _, day in views}:
            pages = {
                (sessions[id(view)][0], self.paths.number(_shape(view)))
                for view, its_day in views
                if its_day == day and view.status < 400 and sessions[id(view)][0] in running
            }
            went_on, paths = zip(*pages, strict=True) if pages else ((), ())
            cursor.execute(OF_BEFORE, {"day": day, "sessions": _array(went_on), "paths": _array(paths)})
            if cursor.fetchone():
                found.add(day - DAY)
        return found

    def _copy(self, cursor, views: list[tuple[Seen, dt.date]], sessions: dict) -> None:
        rows = (
            (view, day, *sessions[id(view)], self.paths.number(_shape(view)), self.agents.number(view.agent))
            for view, day in views
        )
        with cursor.copy(copying.COPY) as copy:
            copy.write(copying.packed(rows))

    def _keep_crawls(self, cursor, crawls: list[tuple[Crawled, dt.date]]) -> None:
        if crawls:
            rows = [(day, self.agents.number(each.agent), each.what) for each, day in crawls]
            cursor.execute(CRAWLS, [list(column) for column in zip(*rows, strict=True)])

    def _origin(self, each: Seen | Did) -> tuple[str, ...]:
        """Of a session that begins with it; a code that nobody made says nothing."""
        found = _origin(each)
        return found if self._is_real(found) else _origin(each, named=False)

    def _is_real(self, origin: tuple[str, ...]) -> bool:
        return all(not origin[at] or origin[at] in codes for at, codes in self.codes.items())

    def _session(self, visits: dict, view: Seen | Did) -> tuple[int, int]:
        """The one that goes on, by today's number or yesterday's, or a new one, which comes whence this view does."""
        running = visits.get(view.visitor) or visits.get(view.before)
        if running is None or abs(view.at - running[2]) > IDLE:
            origin = self.origins.number(self._origin(view))
            running = (secrets.randbits(63), origin, view.at)
        visits[view.visitor] = (*running[:2], max(running[2], view.at))
        return running[:2]


def _shape(view: Seen) -> tuple[str, bool]:
    """Its path, as the dictionary has it."""
    return shapes.shape(view.route, view.path if view.route is None else "")


def _origin(each: Seen | Did, *, named=True) -> tuple[str, ...]:
    if type(each) is Did:
        return dictionaries.origin(each.referrer, "", "", named)
    leads = each.status < 400 and first_touch.leads(each.route, each.query)
    return dictionaries.origin(each.referrer, each.query, each.path if leads else "", named)


def _with_people(batch: Batch) -> Batch:
    """Sessions become the people whose they are; what staff saw is no view."""
    keys = {view.user for view in batch.views if type(view.user) is str}
    if not keys:
        return batch
    people = signed_in.look_up(keys)
    told = [(view, *people.get(view.user, (view.user, False))) for view in batch.views]
    views = [view._replace(user=user) for view, user, is_staff in told if not is_staff]
    return replace(batch, views=views, others=batch.others + Counter({STAFF: len(told) - len(views)}))


def _keep_deeds(cursor, deeds: list[tuple[Did, dt.date]], sessions: dict) -> None:
    if deeds:
        rows = [(each.what, each.subject, sessions[id(each)][0], day, each.at) for each, day in deeds]
        cursor.execute(DEEDS, [list(column) for column in zip(*rows, strict=True)])


def _keep_visits(cursor, touched: set[int], visits: dict) -> None:
    kept = [(visitor, *visits[visitor]) for visitor in sorted(touched)]
    cursor.execute(KEEP_VISITS, [_array(column) for column in zip(*kept, strict=True)] or ["{}"] * 4)


def _array(numbers: Iterable[float]) -> str:
    """As PostgreSQL writes an array. The driver makes one of a list, too, forty times as slowly."""
    return f"{{{','.join(map(str, numbers))}}}"


def make_partition(day: dt.date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sitestats_make_partition(%s)", [day])


def _tallies(batch: Batch, days: Counter, today: dt.date) -> Counter:
    """By the day of each view; what was no view belongs to the day it is stored on."""
    counts = Counter({(today, what): number for what, number in batch.others.items()})
    for day, number in days.items():
        counts[day, "counted"] += number
        if day != today:
            counts[day, "served"] += number
    counts[today, "served"] += batch.served - (days.total() - days[today])
    return counts
