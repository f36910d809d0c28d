"""What an address of this room asks for: months, members of a kind, money of a part."""

import datetime as dt
from dataclasses import dataclass

from django.http import Http404

from accounting.figures import following
from memberships import movements
from reports.models import DayRevenue, MemberMonth
from ui import filters, periods
from ui.periods import Period, PeriodForm

PRESETS = {"month": "Month", "90d": "90 d", "12m": "12 m", "all": "All time"}
KINDS = dict(MemberMonth.Kind.choices)
# what a list of members may show: those that moved, or those that pay at the end
MEMBERS = {
    "paying": "Paying members",
    "committed": "Committed MRR",
    "joined": "New paid users",
    "upgraded": "Members who upgraded",
    "kept": "Paid at the start and changed",
    "lost": "Paid at the start, less or nothing at the end",
    "paid_before": "Paid before and changed",
    "restated": "Restated",
    **{kind: label for kind, label in KINDS.items() if kind != MemberMonth.Kind.NONE},
}
PARTS = {"what": dict(DayRevenue.What.choices), "plan": dict(DayRevenue.Plan.choices)}


def period_of(request) -> Period:
    """The period of a request; twelve months when it asks for none."""
    return PeriodForm.of(request, PRESETS, "12m")


@dataclass(frozen=True)
class Months:
    """Whole months, `first` to `last`, both by their first day."""

    first: dt.date
    last: dt.date

    @property
    def label(self) -> str:
        """In words: `March 2026`, `Jan – Mar 2026`."""
        if self.first == self.last:
            return f"{self.first:%B %Y}"
        start = f"{self.first:%b}" if self.first.year == self.last.year else f"{self.first:%b %Y}"
        return f"{start} – {self.last:%b %Y}"

    @property
    def before(self) -> "Months":
        """As many months directly before."""
        count = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        year, month = divmod(self.first.year * 12 + self.first.month - 1 - count, 12)
        return Months(dt.date(year, month + 1, 1), (self.first - dt.timedelta(days=1)).replace(day=1))

    @property
    def last_day(self) -> dt.date:
        return following(self.last) - dt.timedelta(days=1)

    @property
    def query(self) -> str:
        """For an address."""
        return f"from={self.first:%Y-%m}&to={self.last:%Y-%m}"


def months_of(period: Period, begun: dt.date | None) -> Months:
    """The months that a period touches, from the first in which anything moved to the running one.

    Those of a period before that, where there is nothing to leave out, are all of it.
    """
    running = periods.today().replace(day=1)
    first, last = (min(day.replace(day=1), running) for day in (period.first, period.last))
    begun = begun or running
    return Months(max(first, begun) if begun <= last else first, last)


def months_in(query) -> Months:
    """`?from=2026-01&to=2026-03`"""
    first, last = (_month(query.get(name, "")) for name in ("from", "to"))
    if first > last:
        raise Http404
    return Months(first, last)


def cohort_in(query) -> dt.date | None:
    """`?first=2026-01`: those who first paid in that month; None: all."""
    return _month(query["first"]) if query.get("first") else None


def who_in(query) -> str:
    """`?who=churn`"""
    if query.get("who") not in MEMBERS:
        raise Http404
    return query["who"]


@dataclass(frozen=True)
class Money:
    """A part of what was paid and went back, of whole days."""

    period: Period
    what: str = ""
    plan: str = ""
    country: str | None = None

    @property
    def wanted(self) -> dict:
        """What rows are filtered by: only what was asked for."""
        found = {name: getattr(self, name) for name in PARTS if getattr(self, name)}
        return found if self.country is None else found | {"country": self.country}

    @property
    def label(self) -> str:
        return PARTS["what"].get(self.what, "Net of refunds and disputes")


def money_of(request) -> Money:
    """`?what=refund&plan=top_up&country=DE` in the period; `country=-` is one that is not known."""
    country = filters.text(request, "country", 2)
    parts = {name: filters.choice(request, name, choices) for name, choices in PARTS.items()}
    return Money(period_of(request), **parts, country=country.strip("-") if country else None)


def _month(text: str) -> dt.date:
    day = periods.parse_day(f"{text}-01")
    if day is None or not periods.EARLIEST <= day <= movements.month_of(dt.datetime.now(dt.UTC)):
        raise Http404
    return day
