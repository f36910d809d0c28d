"""The one time zone that days, months and absolute times follow."""

import datetime as dt

from tunables import values


def zone() -> dt.tzinfo:
    """The business time zone that staff chose."""
    return values.business_zone()
