"""Batches of page views go into their days: one transaction each, with the batch's id, so that none counts twice.

After a lost answer the same batch is sent again under the same id; if it is there already, that was the answer.
"""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import NamedTuple

from django.db import connection, transaction

from sitestats import copying, dictionaries, first_touch, routes, sessions, shapes, signed_in
from sitestats.recording import STAFF, Crawled, Did, Seen
from ui import clock

BEGIN = "INSERT INTO sitestats_batch (id, at) VALUES (%s, now()) ON CONFLICT DO NOTHING"
# One batch at a time: what two processes know of a visitor's session is then in order, and no two wait for each other
LOCK = "SELECT pg_advisory_xact_lock(hashtext('sitestats.store'))"
TALLY = """INSERT INTO sitestats_tally AS t (day, what, number)
    SELECT * FROM unnest(%s::date[], %s::text[], %s::bigint[])
    ON CONFLICT (day, what) DO UPDATE SET number = t.number + excluded.number"""
DEEDS = """INSERT INTO sitestats_deed (what, subject, session, day, at, done_at)
    SELECT what, subject, session, day, to_timestamp(at), CASE what WHEN 'sign_up' THEN to_timestamp(at) END
    FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::date[], %s::float[]) AS u (what, subject, session, day, at)
    ON CONFLICT DO NOTHING"""
CRAWLS = """INSERT INTO sitestats_crawl AS c (day, agent, robots_txt, closed, robots_txt_unchecked, closed_unchecked)
    SELECT day, agent, count(*) FILTER (WHERE what = 'robots_txt'), count(*) FILTER (WHERE what = 'closed'),
        count(*) FILTER (WHERE what = 'robots_txt' AND identity = 0),
        count(*) FILTER (WHERE what = 'closed' AND identity = 0)
    FROM unnest(%s::date[], %s::int[], %s::text[], %s::int[]) AS u (day, agent, what, identity) GROUP BY day, agent
    ON CONFLICT (day, agent) DO UPDATE SET
        robots_txt = c.robots_txt + excluded.robots_txt, closed = c.closed + excluded.closed,
        robots_txt_unchecked = c.robots_txt_unchecked + excluded.robots_txt_unchecked,
        closed_unchecked = c.closed_unchecked + excluded.closed_unchecked"""
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
# be where it got to, and how far, of the day on which it began
OF_BEFORE = """SELECT true FROM unnest(%(sessions)s::bigint[], %(paths)s::int[]) AS seen (session, path)
    CROSS JOIN LATERAL (SELECT FROM sitestats_pageview p
        WHERE p.day = %(day)s::date - 1 AND p.session = seen.session LIMIT 1) began
    LEFT JOIN LATERAL (SELECT true AS already FROM sitestats_pageview p WHERE p.day = %(day)s::date
        AND p.session = seen.session AND p.path_id = seen.path AND p.status < 400 LIMIT 1) earlier ON true
    WHERE already IS NULL LIMIT 1"""
# Neither a day without statistics nor all visits may be read as a whole
INDEXES = "; ".join(f"SET LOCAL enable_{way} = off" for way in ("seqscan", "hashjoin", "mergejoin"))

REFUSED = "dropped: refused"
FAILED = 500  # and above: by ours
DAY = dt.timedelta(days=1)
QUARTER = 900  # seconds: wherever it is, a day begins with one of them
AT = itemgetter(0)  # when it was, of a view, a deed, a crawl


@dataclass
class Batch:
    views: list[Seen]
    others: Counter  # what became of the requests that were no view -> how many
    served: int
    beside: list[Did | Crawled] = field(default_factory=list)
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    refused_at: float | None = None  # when it was for the first time, or what it is a part of: time.monotonic()

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
            others = [row for row in some if type(row) is not Seen]
            parts.append(Batch(views, Counter(), len(views), others, refused_at=self.refused_at))
        parts[1].others, parts[1].served = self.others, self.served - parts[0].served
        return parts[::-1]

    def without_rows(self) -> "Batch":
        """The same answers, its views as refused ones."""
        return Batch([], self.others + Counter({REFUSED: len(self.views)}), self.served)


class Told(NamedTuple):
    """A batch by day and in order of time."""

    views: list[Seen]
    days: list[dt.date]  # of the views
    places: list[tuple]  # of the views: see _place
    deeds: list[tuple[Did, dt.date]]
    crawls: list[tuple[Crawled, dt.date]]
    came: list[Seen | Did]
    ways: list[tuple]  # of these: see _way

    @classmethod
    def of(cls, batch: Batch) -> "Told":
        views, beside = sorted(batch.views, key=AT), sorted(batch.beside, key=AT)
        deeds, crawls = ([each for each in beside if type(each) is kind] for kind in (Did, Crawled))
        came = sorted([*views, *deeds], key=AT)
        dated = (list(zip(some, _days(some), strict=True)) for some in (deeds, crawls))
        return cls(views, _days(views), [*map(_place, views)], *dated, came, [*map(_way, came)])


def _days(told: list[Seen | Did | Crawled]) -> list[dt.date]:
    """The business day of each."""
    zone, quarters = clock.zone(), [each.at // QUARTER for each in told]
    day_of = {each: dt.datetime.fromtimestamp(each * QUARTER, zone).date() for each in {*quarters}}
    return [day_of[each] for each in quarters]


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
        batch = _with_people(batch)
        told = Told.of(batch)
        words = self._words(told)
        for dictionary, wanted in words:
            dictionary.learn({*wanted.values()})
        self._have_partitions({*told.days})
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK)
            cursor.execute(BEGIN, [batch.id])
            if not cursor.rowcount:
                return False
            paths, agents, origins = (dictionary.numbers(cursor, wanted) for dictionary, wanted in words)
            ours = self._own(cursor, {*words[0][1].values()})
            before = _keep_seen(cursor, told, paths, agents, origins)
            _keep_crawls(cursor, told.crawls, agents)
            _keep_tallies(cursor, _tallies(batch, Counter(told.days), clock.today()))
            done = {day for _, day in told.deeds}
            cursor.execute(CHANGED, [sorted({*told.days, *before, *done})])
            if done:
                cursor.execute(CHANGED_BESIDE, {"days": sorted(done)})
        self.ours |= ours
        return True

    def _words(self, told: Told) -> list[tuple[dictionaries.Dictionary, dict]]:
        """The dictionaries, each with what is told of it: as requests said it -> as it is kept."""
        paths = {place: shapes.shape(*place) for place in {*told.places}}
        origins = {way: dictionaries.origin(*way) for way in {*told.ways}}
        for at, what in dictionaries.CODES:
            self.codes[at] |= first_touch.there(what, {origin[at] for origin in origins.values()} - self.codes[at])
        made_up = [way for way, origin in origins.items() if not self._is_real(origin)]
        origins |= {way: dictionaries.origin(*way, named=False) for way in made_up}
        agents = {each.agent for each in (*told.views, *(crawl for crawl, _ in told.crawls))}
        return [(self.paths, paths), (self.agents, {each: each for each in agents}), (self.origins, origins)]

    def _is_real(self, origin: tuple[str, ...]) -> bool:
        """Whether its codes are somebody's; a code that nobody made says nothing."""
        return all(not origin[at] or origin[at] in codes for at, codes in self.codes.items())

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


def _place(view: Seen) -> tuple[str | None, str]:
    """What tells which page it was, also where it failed before its address was looked up."""
    is_lost = view.route is None and view.status >= FAILED
    route = routes.of(view.path) if is_lost else view.route
    return route, view.path if route is None else ""


def _way(each: Seen | Did) -> tuple[str, str, str]:
    """What tells where a session came from that begins with it: referrer, parameters, and the path of a way in."""
    if type(each) is Did:
        return each.referrer, "", ""
    leads = each.status < 400 and first_touch.leads(each.route, each.query)
    return each.referrer, each.query, each.path if leads else ""


def _with_people(batch: Batch) -> Batch:
    """Sessions become the people whose they are; what staff saw is no view."""
    keys = {view.user for view in batch.views if type(view.user) is str}
    if not keys:
        return batch
    people = signed_in.look_up(keys)
    told = [(view, *people.get(view.user, (view.user, False))) for view in batch.views]
    views = [view._replace(user=user) for view, user, is_staff in told if not is_staff]
    return replace(batch, views=views, others=batch.others + Counter({STAFF: len(told) - len(views)}))


def _keep_seen(cursor, told: Told, paths: dict, agents: dict, origins: dict) -> set[dt.date]:
    """Views and deeds with their sessions. The days on which sessions began that now go on: they are told there."""
    cursor.execute(INDEXES)  # also of what reads and keeps visits
    visits = sessions.running(cursor, told.came)
    began = {session for session, *_ in visits.values()}
    found = sessions.assign(told.came, [origins[way] for way in told.ways], visits)
    of_views, of_deeds = (
        [session for each, session in zip(told.came, found, strict=True) if type(each) is kind] for kind in (Seen, Did)
    )
    of_paths = [paths[place] for place in told.places]
    before = _before(cursor, zip(told.views, told.days, of_views, of_paths, strict=True), began)
    if told.views:
        with cursor.copy(copying.COPY) as copy:
            columns = (told.views, told.days, of_views, of_paths, [agents[view.agent] for view in told.views])
            copy.write(copying.packed(*columns))
    if told.deeds:
        rows = [
            (deed.what, deed.subject, session, day, deed.at)
            for (deed, day), (session, _) in zip(told.deeds, of_deeds, strict=True)
        ]
        cursor.execute(DEEDS, [list(column) for column in zip(*rows, strict=True)])
    sessions.keep(cursor, told.came, visits)
    return before


def _before(cursor, rows: Iterable[tuple], began: set[int]) -> set[dt.date]:
    """The days before that views of sessions which `began` change; rows: view, day, session, number of its path."""
    pages = defaultdict(set)  # of a day
    for view, day, (session, _), path in rows:
        if session in began and view.status < 400:
            pages[day].add((session, path))
    found = set()
    for day, seen in pages.items():
        went_on, paths = map(copying.array, zip(*seen, strict=True))
        cursor.execute(OF_BEFORE, {"day": day, "sessions": went_on, "paths": paths})
        if cursor.fetchone():
            found.add(day - DAY)
    return found


def _keep_crawls(cursor, crawls: list[tuple[Crawled, dt.date]], agents: dict[str, int]) -> None:
    if crawls:
        rows = [(day, agents[each.agent], each.what, each.identity) for each, day in crawls]
        cursor.execute(CRAWLS, [list(column) for column in zip(*rows, strict=True)])


def _keep_tallies(cursor, counts: Counter) -> None:
    rows = sorted((day, what, number) for (day, what), number in counts.items() if number)
    if rows:
        cursor.execute(TALLY, [list(column) for column in zip(*rows, strict=True)])


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
