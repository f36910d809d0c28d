"""Single views: what happens now, and what one session did."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from sitestats.asking import Asked
from sitestats.models import Deed, PageView
from ui import periods

SHOWN = 50
_BITS = 2**64
DAY = dt.timedelta(days=1)


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
    """The last views of today and yesterday: the period is of the past, and this is not."""
    found = PageView.objects.filter(day__gte=periods.today() - DAY, agent__kind__in=asked.kinds)
    only = Q(**{f"origin__{name}": value for name, value in asked.origin.items()})
    only &= Q(path__text=asked.path) if asked.path else Q()
    only &= Q(agent__device=asked.device) if asked.device else Q()
    return _told(found.filter(only).order_by("-at")[:SHOWN])


def of_session(session: int, day) -> tuple[list[Seen], list[Deed]]:
    """Its views, the first first, and what was done in it. A session of a day may reach into those beside it."""
    days = (day - DAY, day, day + DAY)
    views = _told(PageView.objects.filter(session=session, day__in=days).order_by("at")[:1000])
    return views, list(Deed.objects.filter(session=session, day__in=days).order_by("at"))


def _told(views) -> list[Seen]:
    views = list(views)
    people = User.objects.in_bulk({view.user_id for view in views} - {None})
    return [Seen(view, people.get(view.user_id)) for view in views]
