"""Single views: what happens now, and what one session did."""

import datetime as dt
from dataclasses import dataclass
from itertools import islice

from django.db import connection

from accounts.models import User
from sitestats.agents import Kind
from sitestats.asking import Asked
from sitestats.models import Deed, Origin, PageView, Path, UserAgent
from ui import periods

SHOWN = 50
OF_SESSION = 1000
_BITS = 2**64
DAY = dt.timedelta(days=1)
AGENTS = "SELECT id FROM sitestats_useragent WHERE kind = ANY(%(kinds)s)"
PARTS = [
    (name, model, [field.attname for field in model._meta.concrete_fields])
    for name, model in (("view", PageView), ("path", Path), ("agent", UserAgent), ("origin", Origin))
]
# Each of the few views looks its words up; joined, the tables of all words would be read
LATEST = f"""SELECT {", ".join(f"{name}.{column}" for name, _, columns in PARTS for column in columns)}
    FROM (SELECT * FROM sitestats_pageview WHERE day >= %(day)s AND {{where}} ORDER BY at DESC LIMIT %(shown)s) view
    CROSS JOIN LATERAL (SELECT * FROM sitestats_path WHERE id = view.path_id OFFSET 0) path
    CROSS JOIN LATERAL (SELECT * FROM sitestats_useragent WHERE id = view.agent_id OFFSET 0) agent
    CROSS JOIN LATERAL (SELECT * FROM sitestats_origin WHERE id = view.origin_id OFFSET 0) origin
    ORDER BY view.at DESC"""  # noqa: S608 - names of models


@dataclass(frozen=True)
class Seen:
    view: PageView
    user: User | None

    @property
    def who(self) -> str:
        """Who is signed in, or the bot by its name."""
        agent = self.view.agent
        if self.user:
            return str(self.user)
        return "Visitor" if agent.kind == Kind.HUMAN else agent.name or agent.operator or "Not told"

    @property
    def number(self) -> str:
        return number_of(self.view.session)


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
    """The last views of today and yesterday: the period is of the past, and this is not.

    What is asked for becomes lists of numbers first: it is known how common they are, and mostly the index on the
    moment is read from its end.
    """
    params = {"kinds": asked.kinds, "device": asked.device, "day": periods.today() - DAY, "shown": SHOWN}
    parts = [f"agent_id = ANY(ARRAY({AGENTS}{' AND device = %(device)s' if asked.device else ''}))"]
    if asked.origin:
        params["origins"] = list(Origin.objects.filter(**asked.origin).values_list("pk", flat=True))
        parts.append("origin_id = ANY(%(origins)s::int[])")
    if asked.path:
        params["paths"] = list(Path.objects.filter(text=asked.path).values_list("pk", flat=True))
        parts.append("path_id = ANY(%(paths)s::int[])")
    with connection.cursor() as cursor:
        cursor.execute(LATEST.format(where=" AND ".join(parts)), params)
        return _told(_view(row) for row in cursor.fetchall())


def _view(row: tuple) -> PageView:
    """A row of LATEST."""
    values = iter(row)
    parts = {name: model.from_db("default", names, [*islice(values, len(names))]) for name, model, names in PARTS}
    view = parts.pop("view")
    for name, part in parts.items():
        setattr(view, name, part)
    return view


def of_session(session: int, day) -> tuple[list[Seen], list[Deed], bool]:
    """Its first views, what was done in it, and whether there are more. It may reach into the days beside this one."""
    days = (day - DAY, day, day + DAY)
    views = _told(PageView.objects.filter(session=session, day__in=days).order_by("at")[: OF_SESSION + 1])
    deeds = list(Deed.objects.filter(session=session, day__in=days).order_by("at"))
    return views[:OF_SESSION], deeds, len(views) > OF_SESSION


def _told(views) -> list[Seen]:
    views = list(views)
    people = User.objects.in_bulk({view.user_id for view in views} - {None})
    return [Seen(view, people.get(view.user_id)) for view in views]
