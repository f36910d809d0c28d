"""MRR and its rates, read from the sums of months. The words of each definition stand in definitions.py."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import F, Min, Q, Sum

from accounting import figures
from accounting.figures import following
from memberships.models import Movement
from reports.asking import Months
from reports.models import Look, MemberMonth, MonthBase, MonthSum
from ui import periods

ZERO = Decimal("0.000000")
MOVES = ("new", "reactivation", "expansion", "contraction", "churn")


@dataclass(frozen=True)
class Month:
    """One month in US dollars; losses are negative. start + all that moved + restated = end, to the last place.

    `paying` members at its start; `members` had an account then. `since` is what was learnt about it when it was closed
    already: it stands in the month of then as `restated`.
    """

    month: dt.date
    start: Decimal = ZERO
    paying: int = 0
    moved: dict[str, Decimal] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    restated: Decimal = ZERO
    change: int = 0
    first_paid: int = 0
    members: int | None = None
    committed: Decimal | None = None
    since: Decimal = ZERO

    @property
    def end(self) -> Decimal:
        """US dollars a month that recur at its end: what it began with, and what moved."""
        return self.start + sum(self.moved.values(), ZERO) + self.restated

    @property
    def paying_at_end(self) -> int:
        return self.paying + self.change

    @property
    def upgraded(self) -> int:
        """Members who pay at the end and did not at the start."""
        return self.counts.get("new", 0) + self.counts.get("reactivation", 0)

    @property
    def free(self) -> int | None:
        """Members who had an account at the start and paid nothing."""
        return None if self.members is None else max(0, self.members - self.paying)


@dataclass(frozen=True)
class Span:
    """Some months as one. A rate of several is that of the average month, weighted by what each began with."""

    months: list[Month]
    margin: Decimal | None = None

    @property
    def last(self) -> Month:
        return self.months[-1]

    @property
    def mrr(self) -> Decimal:
        return self.last.end

    @property
    def arr(self) -> Decimal:
        return self.mrr * 12

    @property
    def committed(self) -> Decimal | None:
        return self.last.committed

    @property
    def arpu(self) -> Decimal | None:
        """MRR of one paying member, US dollars; None without any."""
        return _ratio(self.mrr, self.paying)

    @property
    def paying(self) -> int:
        return self.last.paying_at_end

    @property
    def first_paid(self) -> int:
        return sum(month.first_paid for month in self.months)

    @property
    def customer_churn(self) -> Decimal | None:
        """Of the members who paid at the start of a month, the share that had left at its end."""
        return _ratio(self._count("churn"), self._at_start("paying"))

    @property
    def revenue_churn(self) -> Decimal | None:
        """Of the MRR at the start, the share that was lost to churn and contraction."""
        return _ratio(-self.moved("churn", "contraction"), self._at_start("start"))

    @property
    def net_churn(self) -> Decimal | None:
        """The same, less what expansion and reactivation brought; below zero where that was more."""
        lost = -self.moved("churn", "contraction", "expansion", "reactivation")
        return _ratio(lost, self._at_start("start"))

    @property
    def nrr(self) -> Decimal | None:
        """What is left of the MRR at the start, with expansion."""
        start = self._at_start("start")
        return _ratio(start + self.moved("expansion", "contraction", "churn"), start)

    @property
    def grr(self) -> Decimal | None:
        """What is left of the MRR at the start, without."""
        start = self._at_start("start")
        return _ratio(start + self.moved("contraction", "churn"), start)

    @property
    def upgrade_rate(self) -> Decimal | None:
        """Of the members who paid nothing at the start, the share that pays at the end; None if unknown."""
        known = [month for month in self.months if month.free is not None]
        return _ratio(sum(month.upgraded for month in known), sum(month.free for month in known))

    @property
    def ltv(self) -> Decimal | None:
        """None where nobody left, or nothing was earned: it would have no end, or no measure."""
        if not self.customer_churn or self.arpu is None or self.margin is None:
            return None
        return self.arpu * self.margin / self.customer_churn

    def moved(self, *kinds: str) -> Decimal:
        """What these kinds of movements add up to."""
        return sum((month.moved.get(kind, ZERO) for month in self.months for kind in kinds), ZERO)

    def _count(self, kind: str) -> int:
        return sum(month.counts.get(kind, 0) for month in self.months)

    def _at_start(self, name: str):
        return sum(getattr(month, name) for month in self.months)


def _ratio(part, whole) -> Decimal | None:
    return Decimal(part) / Decimal(whole) if whole else None


def begun() -> dt.date | None:
    """The first month in which anything moved."""
    return MonthSum.objects.order_by("month").values_list("month", flat=True).first()


def begun_in_truth() -> dt.date | None:
    """The first month in which anything moved by what is known now, though it was closed when that was learnt."""
    earliest = Movement.objects.filter(restates__isnull=False).aggregate(month=Min("restates"))["month"]
    return min(filter(None, (earliest, begun())), default=None)


def span(asked: Months, known: list[Month] | None = None) -> Span:
    """These months with the margin that their days had; `known` are read already, and have them all."""
    books = figures.period(asked.first, asked.last_day)
    margin = books.net_margin / books.revenue if books.revenue > 0 else None
    known = months(asked) if known is None else known
    return Span([one for one in known if asked.first <= one.month <= asked.last], margin)


def months(asked: Months) -> list[Month]:
    """Each of these months, the oldest first; all that moved before is where the first one starts."""
    total = Sum("net", default=ZERO) + Sum("restated", default=ZERO)
    before = MonthSum.objects.filter(month__lt=asked.first).aggregate(mrr=total, paying=Sum("paying", default=0))
    mrr, paying = before["mrr"], before["paying"]
    told, since, bases = _told(asked), _since(asked), _bases(asked)
    found, month = [], asked.first
    while month <= asked.last:
        one = Month(month, mrr, paying, **told.get(month, {}), **bases.get(month, {}), since=since.get(month, ZERO))
        found.append(one)
        mrr, paying, month = one.end, one.paying_at_end, following(month)
    return found


def _told(asked: Months) -> dict[dt.date, dict]:
    """What Month wants to know of each month, from the sums of its kinds and cohorts."""
    rows = MonthSum.objects.filter(month__range=(asked.first, asked.last))
    joined = Sum("members", filter=Q(first=F("month")), default=0)
    sums = {"sum_net": Sum("net"), "sum_restated": Sum("restated"), "sum_paying": Sum("paying"), "who": Sum("members")}
    found: dict[dt.date, dict] = {}
    for row in rows.values("month", "kind").annotate(**sums, joined=joined):
        nothing = {"moved": {}, "counts": {}, "restated": ZERO, "change": 0, "first_paid": 0}
        one = found.setdefault(row["month"], nothing)
        if row["kind"] != MemberMonth.Kind.NONE:
            one["moved"][row["kind"]], one["counts"][row["kind"]] = row["sum_net"], row["who"]
        one["restated"] += row["sum_restated"]
        one["change"] += row["sum_paying"]
        one["first_paid"] += row["joined"]
    return found


def _since(asked: Months) -> dict[dt.date, Decimal]:
    late = Movement.objects.filter(restates__range=(asked.first, asked.last)).order_by()
    return dict(late.values_list("restates").annotate(total=Sum("amount")))


def _bases(asked: Months) -> dict[dt.date, dict]:
    """Members with an account at the start of each month; committed MRR at its end, which is the next one's start."""
    kept = {row.month: row for row in MonthBase.objects.filter(month__range=(asked.first, following(asked.last)))}
    found = {}
    running, month = periods.today().replace(day=1), asked.first
    while month <= asked.last:
        ends = kept.get(following(month))
        committed = ends and ends.committed
        if month == running and (look := Look.objects.first()):
            committed = look.committed
        found[month] = {"committed": committed, "members": kept[month].members if month in kept else None}
        month = following(month)
    return found
