"""Reads of System Accounting, one a panel. All of them read rows of days; the ledger itself is behind.py's."""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.utils import timezone

from accounting import behind, figures, rollups
from accounting.figures import ZERO, Figures, Month, ServiceFigures
from accounting.models import CatchUp, MonthClose
from accounting.usage.baselines import history as usage_baselines  # noqa: F401
from accounting.usage.cards import usage_headline  # noqa: F401 (reads of panels are found here)
from accounting.usage.queries import usage_breakdown  # noqa: F401
from jobs.models import Job, State
from ui import clock, format, periods
from ui.periods import Period

LOOK = "accounting.look"  # the job behind “Bring up to date”
LATE = dt.timedelta(minutes=15)
MONTHS = {"12": "12 months", "24": "24 months", "36": "36 months"}
CLOSED_SHOWN = 3
# key, which direction is good: of some only that they change says something
CARDS = (
    ("revenue", "up"),
    ("cost", ""),
    ("margin", "up"),
    ("unreconciled", "down"),
    ("net_margin", "up"),
    ("promotional", ""),
    ("fees", ""),
    ("refunds", "down"),
    ("disputes", "down"),
    ("unspent", ""),
)


@dataclass(frozen=True)
class Card:
    """A key figure beside that of the period before. `ratio` stands in the place of the amount where it says more."""

    key: str
    label: str
    value: Decimal
    previous: Decimal
    good: str
    note: str = ""
    ratio: Decimal | None = None
    previous_ratio: Decimal | None = None

    @property
    def shown(self) -> str:
        """The amount in words; of what no invoice proves, the share."""
        return format.percent(self.ratio) if self.key == "unreconciled" else format.money(self.value)

    @property
    def compared(self) -> tuple:
        """What is held against each other: now, before."""
        if self.key == "unreconciled":
            return self.ratio, self.previous_ratio
        return self.value, self.previous


@dataclass(frozen=True)
class Headline:
    """The key figures, the last look at the ledger, and the job that looks now, if any."""

    cards: list[Card]
    look: CatchUp | None
    job: Job | None
    unnamed: Decimal

    @property
    def is_late(self) -> bool:
        """A look comes every minute by itself; without one for long, something is wrong."""
        return self.look is not None and timezone.now() - self.look.at > LATE


def headline(*, period: Period) -> Headline:
    """The key figures of a period, beside those of the period before."""
    now, before = (figures.period(one.first, one.last) for one in (period, period.previous))
    cards = [
        Card(key, behind.LABELS[key], getattr(now, key), getattr(before, key), good, *_beside(key, now, before))
        for key, good in CARDS
    ]
    look = CatchUp.objects.order_by("-at").first()
    return Headline(cards, look, look_under_way(), figures.unnamed(period.first, period.last))


def zone_of_days() -> str:
    """In which time zone the rows of days begin and end: until they are rebuilt, that of the last look."""
    look = CatchUp.objects.order_by("-at").first()
    return look.zone if look else str(clock.zone())


def look_under_way() -> Job | None:
    """The job that brings the figures up to date, while there is one."""
    return Job.objects.filter(kind=LOOK, state__in=(State.NEW, State.RUNNING)).first()


def _beside(key: str, now: Figures, before: Figures) -> tuple:
    """Note, ratio, ratio before."""
    if key == "margin" and now.revenue:
        then = f", {format.percent(before.margin_ratio)} before" if before.revenue else ""
        return (f"{format.percent(now.margin_ratio)} of revenue{then}",)
    if key == "unreconciled":
        note = f"{format.money(now.unreconciled)} that no invoice proves yet" if now.cost else "Nothing cost anything"
        return note, now.unreconciled_ratio, before.unreconciled_ratio
    notes = {
        "net_margin": "Less fees and what disputes lost",
        "promotional": "Paid with granted credit",
        "unspent": "A liability",
    }
    return (notes.get(key, ""),)


def by_service(*, period: Period) -> tuple[list[ServiceFigures], ServiceFigures]:
    """Every service that sold or cost something, and their sum."""
    found = figures.by_service(period.first, period.last)
    sums = {name: sum((getattr(one, name) for one in found), start) for name, start in TOTALLED.items()}
    return found, ServiceFigures("", "All services", **sums)


TOTALLED = {"units": 0, "charged_paid": ZERO, "charged_granted": ZERO, "cost": ZERO, "unreconciled": ZERO}
Frozen = dict[str, tuple[ServiceFigures, ServiceFigures]]


def frozen(close: MonthClose | None, services: list[ServiceFigures], total: ServiceFigures) -> Frozen:
    """Of those that are not as their month was closed: service -> what it was closed with, what was found since."""
    if close is None:
        return {}
    then = {f"{key}.{name}": Decimal(text) for key, one in close.services.items() for name, text in one.items()}
    found, since = {}, close.restated
    for one in (*services, total):
        now = [
            replace(one, **{name: _of_service(amounts, one.service, name) for name in TOTALLED})
            for amounts in (then, since)
        ]
        if now[0] != one or any(getattr(now[1], name) for name in TOTALLED):
            found[one.service] = tuple(now)
    return found


def _of_service(amounts: dict[str, Decimal], service: str, name: str) -> Decimal:
    """One number of a service, or of all of them together."""
    if service:
        return amounts.get(f"{service}.{name}", TOTALLED[name])
    return sum((amount for key, amount in amounts.items() if key.endswith(f".{name}")), TOTALLED[name])


def monthly_trend(*, months: int) -> list[Month]:
    """The last so many months, the oldest first, from the first in which anything moved."""
    found = figures.months(months)
    begun = next((at for at, month in enumerate(found) if month.close or month.figures != Figures()), len(found))
    return found[begun:]


@dataclass(frozen=True)
class Actions:
    """Which months can be closed, the oldest first; the last that were."""

    closable: list[dt.date]
    closed: list[MonthClose]


def actions() -> Actions:
    """What can be done about months: which are over and open, which were closed last."""
    closed = MonthClose.objects.select_related("closed_by").order_by("-month")
    return Actions(closable(), list(closed[:CLOSED_SHOWN]))


def closable() -> list[dt.date]:
    """Months that are over, in which or before which something moved, and that nobody has closed."""
    first, running = figures.begun(), periods.today().replace(day=1)
    if first is None:
        return []
    over = []
    while first < running:
        over.append(first)
        first = figures.following(first)
    gone = set(MonthClose.objects.values_list("month", flat=True))
    return [month for month in over if month not in gone]


def month_figures(month: dt.date) -> list[tuple[str, Decimal]]:
    """What closing a month would write down: label, amount."""
    found = figures.period(month, figures.following(month) - dt.timedelta(days=1))
    return [(behind.LABELS[name], getattr(found, name)) for name in behind.ORDER]


def summed(figure: behind.Figure, found: QuerySet) -> Decimal | int:
    """What the entries (or calls) of a figure add up to: read from the rows of its days, where these know them all.

    The rows of a balance are those of all days until then, its entries are not.
    """
    stale = rollups.stale()
    if figure.name == "unspent" or stale is None or any(figure.first <= day <= figure.last for day in stale):
        return found.aggregate(total=Sum("signed"))["total"] or 0
    return figure.total()


def closed(first: dt.date, last: dt.date) -> MonthClose | None:
    """The close of the month that these days are, if they are one."""
    whole = first.day == 1 and last == figures.following(first) - dt.timedelta(days=1)
    return MonthClose.objects.filter(month=first).first() if whole else None


def restated(figure: behind.Figure) -> tuple[MonthClose, Decimal, Decimal] | None:
    """Of a figure of exactly one closed month: the close, the figure then, and by how much it differs since."""
    part = figure.service or figure.account or figure.kind
    close = None if part else closed(figure.first, figure.last)
    if close is None or figure.name == "units":
        return None
    then = Figures(**{name: Decimal(text) for name, text in close.figures.items()})
    signs = figures.parts_of(figure.name).items()
    changed = sum((close.restated.get(name, ZERO) * sign for name, sign in signs), ZERO)
    return close, getattr(then, figure.name), changed
