"""Revenue, cost, margin and what stands beside them, read from the rows of days: the definitions of money, rule 4.

Every amount is a Decimal in US dollars. Revenue is what members were charged in paid credit, and subscriptions; what
granted credit paid stands apart as promotional usage. Cost is what providers are owed. Margin is revenue less cost;
net margin also takes Stripe's fees and what disputes lost.
"""

import datetime as dt
from dataclasses import dataclass, fields, replace
from decimal import Decimal

from django.db import connection
from django.db.models import Min, Q, Sum, Value
from django.db.models.functions import Coalesce, TruncMonth

from accounting.models import DayFigures, DayTotal, MonthClose
from pricing.models import Service
from ui import periods

ZERO = Decimal("0.000000")
SUBSCRIPTION = "subscription"
# figure -> which rows of days add up to it, on which side: also what a figure opens
INCOME, COST = "credit - debit", "debit - credit"
REFUNDS, DISPUTES = (
    (what, f"reversal of {what}", f"premium_{what}", f"reversal of premium_{what}") for what in ("refund", "dispute")
)


@dataclass(frozen=True)
class Rule:
    """The rows of days behind one figure: accounts by name or prefix (`cost/`), kinds (none: all), and the side."""

    accounts: tuple[str, ...]
    side: str
    kinds: tuple[str, ...] = ()
    label: str = ""

    def sql(self) -> tuple[str, list]:
        """A condition on accounting_daytotal, and its parameters."""
        parts = ["account LIKE %s" if name.endswith("/") else "account = %s" for name in self.accounts]
        params = [f"{name}%" if name.endswith("/") else name for name in self.accounts]
        condition = f"({' OR '.join(parts)})"
        if self.kinds:
            return f"{condition} AND kind = ANY(%s)", [*params, list(self.kinds)]
        return condition, params


RULES = {
    "revenue": Rule(("revenue/", "subscription_revenue"), INCOME, label="Revenue"),
    "cost": Rule(("cost/",), COST, label="Cost"),
    "promotional": Rule(("promo_usage/",), INCOME, label="Promotional usage"),
    "fees": Rule(("stripe_fees", "paypal_fees"), COST, label="Stripe fees"),
    "refunds": Rule(("stripe",), INCOME, REFUNDS, label="Refunds"),
    "disputes": Rule(("stripe",), INCOME, DISPUTES, label="Disputes"),
    "lost": Rule(("disputes",), COST, label="Lost to disputes"),
    "breakage": Rule(("breakage",), INCOME, label="Breakage"),
}
# Figures that are sums of others, and with which sign each counts
MARGIN = {"revenue": 1, "cost": -1}
COMPOSED = {"margin": MARGIN, "net_margin": {**MARGIN, "fees": -1, "lost": -1}}
UNSPENT = Rule(("members/paid", "members/held/paid"), INCOME, label="Unspent paid credit")


@dataclass(frozen=True)
class Figures:
    """Of some whole days. `unspent` is the liability at the end of the last one: paid credit not used, held included.

    `refunds` and `disputes` are cash that went back, less what came back again; `lost` is what disputes cost us for
    good; `unreconciled` is the part of the cost that no provider's invoice proves yet.
    """

    revenue: Decimal = ZERO
    cost: Decimal = ZERO
    promotional: Decimal = ZERO
    fees: Decimal = ZERO
    refunds: Decimal = ZERO
    disputes: Decimal = ZERO
    lost: Decimal = ZERO
    breakage: Decimal = ZERO
    unspent: Decimal = ZERO
    unreconciled: Decimal = ZERO

    @property
    def margin(self) -> Decimal:
        """What is left of the revenue after the providers."""
        return self._composed("margin")

    @property
    def margin_ratio(self) -> Decimal | None:
        """Of the revenue; None without revenue."""
        return self.margin / self.revenue if self.revenue else None

    @property
    def net_margin(self) -> Decimal:
        """Margin less Stripe's fees and what disputes lost."""
        return self._composed("net_margin")

    @property
    def unreconciled_ratio(self) -> Decimal | None:
        """Of the cost; None without cost."""
        return self.unreconciled / self.cost if self.cost else None

    def _composed(self, name: str) -> Decimal:
        return sum(sign * getattr(self, part) for part, sign in COMPOSED[name].items())


SUMS = {one.name: Coalesce(Sum(one.name), Value(ZERO)) for one in fields(Figures)}


@dataclass(frozen=True)
class ServiceFigures:
    """One service in a period. `service` is its key; "subscription" for Premium."""

    service: str
    title: str
    units: int
    charged_paid: Decimal
    charged_granted: Decimal
    cost: Decimal
    unreconciled: Decimal

    @property
    def margin(self) -> Decimal:
        """What is left of paid credit after the providers; granted credit is no revenue."""
        return self.charged_paid - self.cost

    @property
    def margin_ratio(self) -> Decimal | None:
        """Of what was charged in paid credit; None without any."""
        return self.margin / self.charged_paid if self.charged_paid else None

    @property
    def unreconciled_ratio(self) -> Decimal | None:
        """Of the cost; None without cost."""
        return self.unreconciled / self.cost if self.cost else None


@dataclass(frozen=True)
class Month:
    """One month of the trend. A closed one has the figures it was closed with; `restated` is what came later."""

    first: dt.date
    figures: Figures
    state: str  # "running", "open" or "closed"
    restated: dict[str, Decimal]
    close: MonthClose | None = None

    @property
    def last(self) -> dt.date:
        """Its last day."""
        return following(self.first) - dt.timedelta(days=1)


def parts_of(name: str) -> dict[str, int]:
    """Of which figures one is the sum, each with its sign: most are their own."""
    return COMPOSED.get(name, {name: 1})


def following(first: dt.date) -> dt.date:
    """The first day of the month after."""
    return (first + dt.timedelta(days=32)).replace(day=1)


def begun() -> dt.date | None:
    """The first month in which anything moved."""
    day = DayTotal.objects.aggregate(day=Min("day"))["day"]
    return day and day.replace(day=1)


def period(first: dt.date, last: dt.date) -> Figures:
    """The figures of whole business days, both included."""
    sums = DayFigures.objects.filter(day__range=(first, last)).aggregate(**SUMS)
    return Figures(**sums | {"unspent": unspent(last)})


def unnamed(first: dt.date, last: dt.date) -> Decimal:
    """What went back of Premium while that had no kinds of its own: no other transfer takes cash from Stripe."""
    rows = DayTotal.objects.filter(day__range=(first, last), account="stripe")
    back, undone = ({"filter": Q(kind=kind), "default": ZERO} for kind in ("transfer", "reversal of transfer"))
    return rows.aggregate(total=Sum("credit", **back) - Sum("debit", **undone))["total"]


def titles() -> dict[str, str]:
    """What people call each service, in the order of the price book."""
    return {row.pk: row.title for row in Service.objects.all()} | {SUBSCRIPTION: "Premium"}


def by_service(first: dt.date, last: dt.date) -> list[ServiceFigures]:
    """Every service that sold or cost something in these days, in the order of the price book."""
    names = titles()
    order = {key: number for number, key in enumerate(names)}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT service, sum(units), sum(charged_paid), sum(charged_granted), sum(cost), sum(unreconciled)
               FROM accounting_dayservice WHERE day BETWEEN %s AND %s GROUP BY service""",
            [first, last],
        )
        rows = cursor.fetchall()
    found = [ServiceFigures(key, names.get(key, key), int(units), *rest) for key, units, *rest in rows]
    return sorted(found, key=lambda one: (order.get(one.service, len(order)), one.service))


def months(count: int, *, until: dt.date | None = None) -> list[Month]:
    """The last `count` months, the oldest first, the running one included."""
    running = periods.today().replace(day=1)
    firsts = [(until or running).replace(day=1)]
    while len(firsts) < count:
        firsts.append((firsts[-1] - dt.timedelta(days=1)).replace(day=1))
    firsts.reverse()
    rows = DayFigures.objects.filter(day__gte=firsts[0], day__lt=following(firsts[-1]))
    sums = rows.values(month=TruncMonth("day")).annotate(**SUMS)
    found = {row.pop("month"): Figures(**row) for row in sums}
    rest = unspent(firsts[0] - dt.timedelta(days=1))
    for first in firsts:
        live = found.get(first, Figures())
        rest += live.unspent
        found[first] = replace(live, unspent=rest)
    rows = MonthClose.objects.filter(month__in=firsts).select_related("closed_by").prefetch_related("restatements")
    closes = {one.month: one for one in rows}
    return [_month(first, found[first], closes.get(first), running) for first in firsts]


def unspent(until: dt.date) -> Decimal:
    """Paid credit that members have not used at the end of a day: what is held of it included."""
    return DayFigures.objects.filter(day__lte=until).aggregate(total=SUMS["unspent"])["total"]


def _month(first, live, close, running) -> Month:
    if close is None:
        return Month(first, live, "running" if first == running else "open", {})
    closed = Figures(**{name: Decimal(text) for name, text in close.figures.items()})
    return Month(first, closed, "closed", close.restated, close)
