"""Which business day a moment is of. A closed month keeps its days as they were, in whatever time zone these were told.

Where another zone was chosen since, the first open day takes in the hours between the end of the closed month, as that
was then, and midnight as it is now: so no moment is of two days, and none of no day.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounting.figures import following
from memberships import movements
from reports.models import MonthBase
from ui import clock


class Calendar:
    """As of now; `open_from` is the first day that may still change: a month closes some days after it is over."""

    def __init__(self):
        self.open_from = movements.month_of(timezone.now() - movements.CLOSES_AFTER)
        self._ended_in = dict(MonthBase.objects.exclude(zone="").values_list("month", "zone"))

    def day_of(self, at: datetime) -> date:
        """The business day of a moment."""
        month = at.astimezone(clock.zone()).date().replace(day=1)
        if at < self._begins(month):
            month = (month - timedelta(days=1)).replace(day=1)
        elif at >= self._begins(following(month)):
            month = following(month)
        day = at.astimezone(self._zone(following(month))).date()
        return min(max(day, month), following(month) - timedelta(days=1))

    def span(self, first: date, last: date) -> dict:
        """The moments of days of one month, and the zone in which these are told."""
        month, after = first.replace(day=1), following(first.replace(day=1))
        zone, next_day = self._zone(after), last + timedelta(days=1)
        start = self._begins(month) if first == month else _midnight(first, zone)
        end = self._begins(after) if next_day == after else _midnight(next_day, zone)
        return {"first": first, "last": last, "zone": str(zone), "start": start, "end": end}

    def _begins(self, month: date) -> datetime:
        return _midnight(month, self._zone(month))

    def _zone(self, month: date):
        """In which the month before it is told."""
        known = self._ended_in.get(month) if month <= self.open_from else None
        return ZoneInfo(known) if known else clock.zone()


def _midnight(day: date, zone) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
