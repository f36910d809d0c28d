"""The one time zone that days, months and absolute times follow; and now, which the demo's history moves."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

from tunables import values

_told: ContextVar[dt.datetime | None] = ContextVar("now", default=None)


def now() -> dt.datetime:
    """The moment at which something becomes known."""
    return _told.get() or timezone.now()


@contextmanager
def standing(at: dt.datetime) -> Iterator[None]:
    """What is told inside becomes known at that moment."""
    before = _told.set(at)
    try:
        yield
    finally:
        _told.reset(before)


def zone() -> dt.tzinfo:
    """The business time zone that staff chose."""
    return values.business_zone()


def today() -> dt.date:
    """The business day."""
    return timezone.now().astimezone(zone()).date()


def midnight(day: dt.date, where: dt.tzinfo | None = None) -> dt.datetime:
    """When a business day begins, in UTC; or a day of another time zone."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=where or zone()).astimezone(dt.UTC)
