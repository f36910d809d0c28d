"""What was received and what went back, read from the rows of days; and the payments behind such a row."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from accounting.figures import following
from billing.models import Dispute, Refund, TopUp
from memberships.models import Invoice, MoneyBack
from reports.models import DayRevenue
from reports.revenue import A_MONTH
from ui import clock
from ui.periods import Period

ZERO = Decimal("0.000000")
BY_DAY = 62  # days of a period up to which its dates are days; else months
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
    tax: Decimal
    before: Decimal | None = None

    @property
    def net(self) -> Decimal:
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
    found = [_part(period, key, one, before) for key, one in now.items()]
    return sorted(found, key=lambda part: part.first if by == "date" else -part.net)


def _without_gaps(period: Period, found: dict) -> dict:
    """Also the days or months between the first and the last in which nothing was paid."""
    nothing = dict.fromkeys(("number", "tax", *WHAT), 0)
    key, last = min(found, default=period.last), max(found, default=period.first)
    while key < last:
        found.setdefault(key, nothing)
        key = key + timedelta(days=1) if period.days <= BY_DAY else following(key)
    return found


def _part(period: Period, key, one: dict, before: dict | None) -> Part:
    earlier = None if before is None else sum((before.get(key, {}).get(what, ZERO) for what in WHAT), ZERO)
    if not isinstance(key, date):
        label = dict(DayRevenue.Plan.choices).get(key, key) or "Not known"
        return Part(key or "-", label, period.first, period.last, before=earlier, **one)
    if period.days <= BY_DAY:
        return Part(f"{key}", f"{key.day} {key:%b %Y}", key, key, **one)
    last = min(following(key) - timedelta(days=1), period.last)
    return Part(f"{key:%Y-%m}", f"{key:%B %Y}", max(key, period.first), last, **one)


def _summed(period: Period, by: str) -> dict:
    """Key -> what Part wants to know of it."""
    field = by if by != "date" else "day" if period.days <= BY_DAY else "start"
    rows = DayRevenue.objects.filter(day__range=(period.first, period.last))
    rows = rows.annotate(start=TruncMonth("day")) if field == "start" else rows
    amounts = {what: Sum("amount", filter=Q(what=what), default=ZERO) for what in WHAT}
    count = Sum("number", filter=Q(what="received"), default=0)
    sums = rows.values(field).annotate(many=count, taxes=Sum("tax"), **amounts)
    return {
        row[field]: {"number": row["many"], "tax": row["taxes"], **{what: row[what] for what in WHAT}} for row in sums
    }


@dataclass(frozen=True)
class Source:
    """Where payments of a part are kept: when, which of them, how much, and the way to the payment itself."""

    model: type
    at: str
    wanted: Q
    amount: object
    payment: str = ""


GONE = Q(is_booked=True, is_given_back=False)
ISSUED = Q(status__in=(Refund.Status.PENDING, Refund.Status.SUCCEEDED))
SOURCES = {
    ("received", True): Source(TopUp, "paid_at", Q(), F("amount")),
    ("received", False): Source(Invoice, "paid_at", Q(cash__gt=0), F("cash") - F("tax")),
    ("refund", True): Source(Refund, "created_at", ISSUED, -F("amount"), "top_up__"),
    ("refund", False): Source(MoneyBack, "created_at", GONE & Q(kind="refund"), -F("amount"), "invoice__"),
    ("dispute", True): Source(Dispute, "created_at", Q(), -F("amount"), "top_up__"),
    ("dispute", False): Source(MoneyBack, "created_at", GONE & Q(kind="dispute"), -F("amount"), "invoice__"),
}


def rows_of(day: date, what: str, plan: str, country: str) -> QuerySet:
    """The payments, refunds or disputes that a row of a day was added up from, each with `at` and `signed`."""
    is_top_up = plan == DayRevenue.Plan.TOP_UP
    source = SOURCES[what, is_top_up]
    found = Dispute.objects.with_the_bank() if source.model is Dispute else source.model.objects.all()
    within = {f"{source.at}__gte": clock.midnight(day), f"{source.at}__lt": clock.midnight(day + timedelta(days=1))}
    found = found.filter(source.wanted, **within, **{f"{source.payment}country": country})
    if not is_top_up:
        covers = F(f"{source.payment}covers_until") - F(f"{source.payment}covers_from")
        found = found.annotate(length=ExpressionWrapper(covers, DurationField()))
        found = found.filter(**{"length__gt" if plan == DayRevenue.Plan.YEAR else "length__lte": A_MONTH})
    return found.annotate(at=F(source.at), signed=source.amount).select_related(f"{source.payment}member")
