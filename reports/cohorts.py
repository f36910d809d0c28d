"""Those who first paid in the same month, and what is left of them after each month."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Q, Sum

from accounting.figures import following
from reports.asking import Months
from reports.models import MonthSum
from ui import periods

ZERO = Decimal("0.000000")


@dataclass(frozen=True)
class Cell:
    """A cohort at the end of a month: how many pay, and how much together; each of that at its own first month."""

    month: dt.date
    members: int
    mrr: Decimal
    of_members: Decimal | None
    of_mrr: Decimal | None


@dataclass(frozen=True)
class Cohort:
    """`members` first paid in `first`; `mrr` is what they paid a month at its end. One cell a month since then."""

    first: dt.date
    members: int
    mrr: Decimal
    cells: list[Cell]


def cohorts(asked: Months) -> list[Cohort]:
    """Those of these months, the oldest first, each followed to the running month."""
    rows = MonthSum.objects.filter(first__range=(asked.first, asked.last)).values("first", "month")
    sums = {"more": Sum("paying"), "moved": Sum(F("net") + F("restated"))}
    size = Sum("members", filter=Q(month=F("first")), default=0)
    told: dict[dt.date, dict] = {}
    for row in rows.annotate(**sums, size=size):
        told.setdefault(row["first"], {})[row["month"]] = row
    return [_cohort(first, told[first]) for first in sorted(told)]


def _cohort(first: dt.date, told: dict[dt.date, dict]) -> Cohort:
    size, cells = told[first]["size"], []
    month, running, paying, mrr = first, periods.today().replace(day=1), 0, ZERO
    while month <= running:
        moved = told.get(month, {"more": 0, "moved": ZERO})
        paying, mrr = paying + moved["more"], mrr + moved["moved"]
        at_first = cells[0].mrr if cells else mrr
        cells.append(Cell(month, paying, mrr, _ratio(paying, size), _ratio(mrr, at_first)))
        month = following(month)
    return Cohort(first, size, cells[0].mrr, cells)


def _ratio(part, whole) -> Decimal | None:
    return Decimal(part) / Decimal(whole) if whole else None
