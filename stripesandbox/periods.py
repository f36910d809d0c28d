"""The months and years of a subscription, counted from its anchor: one of the 31st renews on the last of each month."""

import calendar
from datetime import UTC, datetime


def after(anchor: int, recurring: dict, count: int) -> int:
    """When the `count`-th period after the anchor begins."""
    start = datetime.fromtimestamp(anchor, UTC)
    months = count * recurring["interval_count"] * (12 if recurring["interval"] == "year" else 1)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def share(amount: int, moment: int, start: int, end: int) -> int:
    """What an amount for a whole period is worth from this moment on, to the cent, by the second."""
    return round(amount * (end - moment) / (end - start))
