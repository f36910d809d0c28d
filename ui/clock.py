"""The one time zone that days, months and absolute times follow."""

import datetime as dt

from django.utils import timezone

from tunables import values


def zone() -> dt.tzinfo:
    """The business time zone that staff chose."""
    return values.business_zone()


def today() -> dt.date:
    """The business day."""
    return timezone.now().astimezone(zone()).date()


def midnight(day: dt.date) -> dt.datetime:
    """When a business day begins, in UTC."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=zone()).astimezone(dt.UTC)
