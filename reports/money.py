"""What was received and what went back, read from the rows of days; and the payments behind such a row."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import TruncMonth

from accounting.figures import following
from billing.models import Dispute, Refund, TopUp
from memberships.models import Invoice, MoneyBack
from reports import revenue
from reports.models import DayRevenue
from ui.periods import Period

ZERO = Decimal("0.000000")
BY_DAY = 62  # days of a period up to which its dates are days; else months
NOTHING = dict.fromkeys(("number", *DayRevenue.What.values), 0)
BY = {"date": "Date", "plan": "Plan", "country": "Country"}
WHAT = DayRevenue.What.values


@dataclass(frozen=True)
class Part:
    """One date, plan or country: losses are negative, tax is in none; `before` is the net of the period before."""

    key: str
    label: str
    first: date
    last: date
    number: int
    received: Decimal
    refund: Decimal
    dispute: Decimal
    before: Decimal | None = None
    asked: str = ""  # its days, for an address

    @property
    def net(self) -> Decimal:
        """US dollars received, less what went back."""
        return self.received + self.refund + self.dispute

    @property
    def amounts(self) -> list[tuple[str, str, Decimal]]:
        """What, its label and amount; the net last."""
        return [(what, label, getattr(self, what)) for what, label in DayRevenue.What.choices] + [("", "Net", self.net)]


def totals(period: Period) -> dict[str, Decimal]:
    """Received, refund, dispute and net of whole days."""
    rows = DayRevenue.objects.filter(day__range=(period.first, period.last)).values("what")
    found = dict.fromkeys(WHAT, ZERO) | {row["what"]: row["total"] for row in rows.annotate(total=Sum("amount"))}
    return found | {"net": sum(found.values(), ZERO)}


def parts(period: Period, by: str) -> list[Part]:
    """By `date` (days of up to two months, else months), `plan` or `country`; the largest first, dates in order."""
    now = _without_gaps(period, _summed(period, by)) if by == "date" else _summed(period, by)
    before = _summed(period.previous, by) if period.previous and by != "date" else None
    now = dict.fromkeys(before or (), NOTHING) | now  # also what was paid in the period before alone
    found = [_part(period, key, one, before) for key, one in now.items()]
    return sorted(found, key=lambda part: part.first if by == "date" else -part.net)


def _without_gaps(period: Period, found: dict) -> dict:
    """Also the days or months between the first and the last in which nothing was paid."""
    key, last = min(found, default=period.last), max(found, default=period.first)
    while key < last:
        found.setdefault(key, NOTHING)
        key = key + timedelta(days=1) if period.days <= BY_DAY else following(key)
    return found


def _part(period: Period, key, one: dict, before: dict | None) -> Part:
    earlier = None if before is None else sum((before.get(key, {}).get(what, ZERO) for what in WHAT), ZERO)
    if not isinstance(key, date):
        label = dict(DayRevenue.Plan.choices).get(key, key) or "Not known"
        return Part(key or "-", label, period.first, period.last, before=earlier, asked=asked_of(period), **one)
    if period.days <= BY_DAY:
        return Part(f"{key}", f"{key.day} {key:%b %Y}", key, key, asked=_days(key, key), **one)
    first, last = max(key, period.first), min(following(key) - timedelta(days=1), period.last)
    return Part(f"{key:%Y-%m}", f"{key:%B %Y}", first, last, asked=_days(first, last), **one)


def asked_of(period: Period) -> str:
    """The period, for an address: all time has more days than a range may have."""
    return "period=all" if period.key == "all" else _days(period.first, period.last)


def _days(first: date, last: date) -> str:
    return f"period=custom&from={first}&to={last}"


def _summed(period: Period, by: str) -> dict:
    """Key -> what Part wants to know of it."""
    field = by if by != "date" else "day" if period.days <= BY_DAY else "start"
    rows = DayRevenue.objects.filter(day__range=(period.first, period.last))
    rows = rows.annotate(start=TruncMonth("day")) if field == "start" else rows
    amounts = {what: Sum("amount", filter=Q(what=what), default=ZERO) for what in WHAT}
    count = Sum("number", filter=Q(what="received"), default=0)
    sums = rows.values(field).annotate(many=count, **amounts)
    return {row[field]: {"number": row["many"], **{what: row[what] for what in WHAT}} for row in sums}


SOURCES = {  # what, of a top-up or not -> where it is kept, and the way to the payment
    ("received", True): (TopUp, ""),
    ("received", False): (Invoice, ""),
    ("refund", True): (Refund, "top_up__"),
    ("refund", False): (MoneyBack, "invoice__"),
    ("dispute", True): (Dispute, "top_up__"),
    ("dispute", False): (MoneyBack, "invoice__"),
}


def rows_of(day: date, what: str, plan: str, country: str) -> tuple[QuerySet, dict[int, Decimal]]:
    """The payments, refunds or disputes of a row of a day as they are known now, each with `at`; number -> amount."""
    model, payment = SOURCES[what, plan == DayRevenue.Plan.TOP_UP]
    found = revenue.amounts(day, what, plan, country)
    these = RawSQL("SELECT unnest(%s::bigint[])", [list(found)])  # one value, however many there are
    rows = model.objects.filter(pk__in=these).prefetch_related(f"{payment}member")  # of those on the page alone
    return rows.annotate(at=F("created_at" if payment else "paid_at")), found
