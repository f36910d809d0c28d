"""Single views: what happens now, and what one session did."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import prefetch_related_objects

from accounts.models import User
from sitestats.asking import Asked
from sitestats.models import Deed, PageView
from ui import periods

SHOWN = 50
_BITS = 2**64
DAY = dt.timedelta(days=1)
COLUMNS = [field.attname for field in PageView._meta.concrete_fields]


@dataclass(frozen=True)
class Seen:
    view: PageView
    user: User | None

    @property
    def number(self) -> str:
        return number_of(self.view.session)


def number_of(session: int) -> str:
    """A session as its address says it."""
    return f"{session % _BITS:016x}"


def session_of(number: str) -> int | None:
    try:
        found = int(number, 16)
    except ValueError:
        return None
    return None if found >= _BITS else found - _BITS if found >= _BITS // 2 else found


def latest(asked: Asked) -> list[Seen]:
    """The last views of today and yesterday: the period is of the past, and this is not.

    What is asked for becomes lists of numbers first, so that the index on the moment is read from its end.
    """
    agents, params = "kind = ANY(%(kinds)s)", {"kinds": asked.kinds, "day": periods.today() - DAY, "shown": SHOWN}
    parts = [f"agent_id = {_any('useragent', agents + (' AND device = %(device)s' if asked.device else ''))}"]
    if asked.origin:
        parts.append(f"origin_id = {_any('origin', ' AND '.join(f'{name} = %({name})s' for name in asked.origin))}")
    if asked.path:
        parts.append(f"path_id = {_any('path', 'text = %(path)s')}")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {", ".join(COLUMNS)} FROM sitestats_pageview WHERE day >= %(day)s AND {" AND ".join(parts)}
            ORDER BY at DESC LIMIT %(shown)s""",  # noqa: S608 - constants of this module
            params | asked.origin | {"device": asked.device, "path": asked.path},
        )
        views = [PageView(**dict(zip(COLUMNS, row, strict=True))) for row in cursor.fetchall()]
    prefetch_related_objects(views, "path", "agent", "origin")
    return _told(views)


def _any(table: str, condition: str) -> str:
    return f"ANY(ARRAY(SELECT id FROM sitestats_{table} WHERE {condition}))"  # noqa: S608 - constants of this module


def of_session(session: int, day) -> tuple[list[Seen], list[Deed]]:
    """Its views, the first first, and what was done in it. A session of a day may reach into those beside it."""
    days = (day - DAY, day, day + DAY)
    views = _told(PageView.objects.filter(session=session, day__in=days).order_by("at")[:1000])
    return views, list(Deed.objects.filter(session=session, day__in=days).order_by("at"))


def _told(views) -> list[Seen]:
    views = list(views)
    people = User.objects.in_bulk({view.user_id for view in views} - {None})
    return [Seen(view, people.get(view.user_id)) for view in views]
