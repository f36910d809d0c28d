"""Single views: what happens now, and what one session did."""

import datetime as dt
from typing import NamedTuple

from django.db import connection

from sitestats import figures
from sitestats.agents import Kind
from sitestats.asking import DETAIL, Asked
from sitestats.models import Deed, Origin, Path
from sitestats.models.words import DEVICES
from ui import periods

SHOWN = 50
LOOKED = (20_000, 100_000)  # views, of which a rare one is sought: further where there are not enough
OF_SESSION = 1000
_BITS = 2**64
DAY = dt.timedelta(days=1)
AGENTS = "SELECT id FROM sitestats_useragent WHERE kind = ANY(%(kinds)s)"
# Each of the few views looks its words up: joined, the tables of all words would be read. That of agents is small
VIEWS = """SELECT view.at, view.day, view.session, view.status, path.text,
        agent.kind, agent.name, agent.operator, agent.device, agent.browser, agent.os,
        origin.channel, origin.source, {detail}, person.id, COALESCE(NULLIF(person.name, ''), person.email)
    FROM (SELECT at, day, session, status, path_id, agent_id, origin_id, user_id FROM {views}
        WHERE {where} ORDER BY at {way} LIMIT %(most)s) view
    CROSS JOIN LATERAL (SELECT text FROM sitestats_path WHERE id = view.path_id OFFSET 0) path
    JOIN sitestats_useragent agent ON agent.id = view.agent_id
    CROSS JOIN LATERAL (SELECT * FROM sitestats_origin WHERE id = view.origin_id OFFSET 0) origin
    LEFT JOIN LATERAL (SELECT id, name, email FROM accounts_user WHERE id = view.user_id OFFSET 0) person ON true
    ORDER BY view.at {way}"""
NEWEST = "(SELECT * FROM sitestats_pageview WHERE day >= %(day)s ORDER BY at DESC LIMIT %(looked)s) newest"


class Seen(NamedTuple):
    """A view in words. `user` and `name` are of who was signed in, if the account is still there."""

    at: dt.datetime
    day: dt.date
    session: int
    status: int
    path: str
    kind: str
    agent: str
    operator: str
    device: str
    browser: str
    os: str
    channel: str
    source: str
    detail: str  # as asking.DETAIL tells it
    user: int | None
    name: str | None

    @property
    def who(self) -> str:
        """Who is signed in, or the bot by its name."""
        if self.user:
            return self.name
        return "Visitor" if self.kind == Kind.HUMAN else self.agent or self.operator or "Not told"

    @property
    def device_word(self) -> str:
        return DEVICES.get(self.device, self.device)

    @property
    def origin(self) -> str:
        """Where its session came from."""
        return str(Origin(channel=self.channel, source=self.source, referrer=self.detail))

    @property
    def key(self) -> str:
        """The view among others: `1764244800000000-7c9c6b3b00000000`."""
        return f"{self.at.timestamp() * 1_000_000:.0f}-{self.number}"

    @property
    def number(self) -> str:
        return number_of(self.session)


def number_of(session: int) -> str:
    """A session as its address says it."""
    return f"{session % _BITS:016x}"


def session_of(number: str) -> int | None:
    """The session of an address; None if there can be none."""
    try:
        found = int(number, 16)
    except ValueError:
        return None
    return None if found >= _BITS else found - _BITS if found >= _BITS // 2 else found


def latest(asked: Asked) -> list[Seen]:
    """The last of the newest views of today and yesterday: the period is of the past, and this is not.

    What is asked for becomes lists of numbers first: it is known how common they are, and mostly the index on the
    moment is read from its end. Without a limit, whoever asks for what nobody saw would have both days read; with a
    small one a burst of bots would hide every human.
    """
    params = {"kinds": asked.kinds, "device": asked.device, "day": periods.today() - DAY}
    parts = [f"agent_id = ANY(ARRAY({AGENTS}{' AND device = %(device)s' if asked.device else ''}))"]
    if asked.origin:
        params["origins"] = figures.numbers_of_origins(asked)
        parts.append("origin_id = ANY(%(origins)s::int[])")
    if asked.path:
        params["paths"] = list(Path.objects.filter(text=asked.path).values_list("pk", flat=True))
        parts.append("path_id = ANY(%(paths)s::int[])")
    for looked in LOOKED:
        found = _views(" AND ".join(parts), params | {"looked": looked}, "DESC", SHOWN, views=NEWEST)
        if len(found) == SHOWN:
            break
    return found


def of_session(session: int, day) -> tuple[list[Seen], list[Deed], bool]:
    """Its first views, what was done in it, and whether there are more. It may reach into the days beside this one."""
    days = [day - DAY, day, day + DAY]
    asked = {"session": session, "days": days}
    views = _views("session = %(session)s AND day = ANY(%(days)s)", asked, "ASC", OF_SESSION + 1)
    deeds = list(Deed.objects.filter(session=session, day__in=days).order_by("at"))
    return views[:OF_SESSION], deeds, len(views) > OF_SESSION


def _views(where: str, params: dict, way: str, most: int, *, views: str = "sitestats_pageview") -> list[Seen]:
    with connection.cursor() as cursor:
        sql = VIEWS.format(views=views, where=where, way=way, detail=DETAIL.format("origin"))
        cursor.execute(sql, params | {"most": most})
        return list(map(Seen._make, cursor.fetchall()))
