"""What an address of this room asks for: a period, a figure, a part of it, a day."""

import datetime as dt
from types import SimpleNamespace

from django.http import Http404

from accounting import behind
from ui import filters, periods
from ui.periods import Period, PeriodForm

PRESETS = {"month": "Month", "30d": "30 d", "90d": "90 d", "12m": "12 m"}
PARTS = {"service": "Service", "account": "Account", "kind": "Kind"}


def period_of(query) -> Period:
    """The period of a query; `?from=…&to=…` alone will do."""
    if "from" in query and "period" not in query:
        query = query.copy()
        query["period"] = "custom"
    return PeriodForm.of(SimpleNamespace(GET=query), PRESETS)


def figure_of(query) -> behind.Figure:
    """`?figure=cost&service=music` in the period."""
    name = query.get("figure", "revenue")
    if name not in behind.LABELS:
        raise Http404
    period = period_of(query)
    parts = {part: query.get(part, "").replace("\x00", "")[: filters.LONGEST] for part in PARTS}
    return behind.Figure(name, period.first, period.last, **parts)


def day_of(query) -> dt.date:
    """`?day=2026-11-24`"""
    return _within_reach(query.get("day", ""))


def month_of(text: str) -> dt.date:
    """The first day of a month of an address, `2026-03`."""
    return _within_reach(f"{text}-01")


def _within_reach(text: str) -> dt.date:
    day = periods.parse_day(text)
    if day is None or not periods.EARLIEST <= day <= periods.today() + dt.timedelta(days=366):
        raise Http404
    return day
