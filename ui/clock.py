"""The one time zone that days, months and absolute times follow."""

import datetime as dt
import zoneinfo


def zone() -> dt.tzinfo:
    """The business time zone that staff chose; UTC when they chose none."""
    try:
        from tunables import values
    except ImportError:
        return zoneinfo.ZoneInfo("UTC")
    return values.business_zone()
