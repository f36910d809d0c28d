"""Reads of Financial Reports. Panels read rows of months and days; behind these stand members and payments."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum

from jobs.models import Job, State
from memberships.models import Movement
from reports import cohorts as by_cohort
from reports import endings, mrr
from reports import money as paid
from reports.asking import Money, Months, months_of
from reports.models import DayRevenue, Look, MemberMonth, MonthSum
from reports.mrr import ZERO, Month, Span
from ui.periods import Period

GROUPS = {  # kinds that a figure is made of together
    "kept": ("expansion", "contraction", "churn"),
    "lost": ("contraction", "churn"),
    "paid_before": ("reactivation", "expansion", "contraction", "churn"),
    "upgraded": ("new", "reactivation"),
}
SHOWN = ("month", "first", "kind", "before", "net", "restated", "is_restated", "after", "member__name", "member__email")
LOOK = "reports.look"  # the job behind “Bring up to date”


@dataclass(frozen=True)
class Headline:
    """The figures of some months beside those of as many months before; money of the days of the period."""

    asked: Months
    earlier: Months | None
    now: Span
    before: Span | None
    money: dict[str, Decimal]
    money_before: dict[str, Decimal] | None
    look: Look | None
    job: Job | None


def headline(*, period: Period) -> Headline:
    """The months of a period, what came before them, and how the last look stands."""
    begun = mrr.begun()
    asked = months_of(period, begun)
    before = asked.before if period.previous and begun and begun < asked.first else None
    known = mrr.months(Months((before or asked).first, asked.last))  # these directly follow those before
    return Headline(
        asked,
        before,
        mrr.span(asked, known),
        before and mrr.span(before, known),
        paid.totals(period),
        period.previous and paid.totals(period.previous),
        Look.objects.first(),
        look_under_way(),
    )


def look_under_way() -> Job | None:
    """The job that brings the rows up to date, while there is one."""
    return Job.objects.filter(kind=LOOK, state__in=(State.NEW, State.RUNNING)).first()


def mrr_by_month(*, period: Period) -> list[Month]:
    """Each month that the period touches, the oldest first; none before anything moved, as is known now."""
    begun = mrr.begun_in_truth()
    return mrr.months(months_of(period, begun)) if begun and begun <= period.last else []


def cohorts(*, period: Period) -> list[by_cohort.Cohort]:
    """Those who first paid in the months that the period touches."""
    return by_cohort.cohorts(months_of(period, mrr.begun()))


def payments(*, period: Period, by: str) -> list[paid.Part]:
    """What was received and went back, by date, plan or country, each beside the period before."""
    return paid.parts(period, by)


def members(asked: Months, who: str, first: dt.date | None = None) -> QuerySet[MemberMonth]:
    """Members behind a figure of months, each with `amount`, what they add to it. `first` narrows to a cohort."""
    within = Q(month__range=(asked.first, asked.last))
    match who:
        case "paying":
            rows = endings.paying(asked.last).annotate(amount=F("after"))
        case "committed":
            rows = endings.committing(asked.last)
        case "joined":
            rows = MemberMonth.objects.filter(within, month=F("first")).annotate(amount=F("after"))
        case "restated":
            rows = MemberMonth.objects.filter(within, is_restated=True).annotate(amount=F("restated"))
        case _:
            kinds = GROUPS.get(who, [who])
            rows = MemberMonth.objects.filter(within, kind__in=kinds).annotate(amount=F("net"))
    return (rows.filter(first=first) if first else rows).select_related("member").only(*SHOWN)


def members_total(asked: Months, who: str, first: dt.date | None = None) -> tuple[int, Decimal]:
    """How many rows a list of members has, and what they add up to: from the sums, where these know it."""
    if who == "committed":
        return endings.committed(asked.last, first)
    if who == "restated":
        found = members(asked, who, first).aggregate(total=Sum("amount", default=ZERO), count=Count("pk"))
        return found["count"], found["total"]
    rows = MonthSum.objects.filter(month__lte=asked.last)
    rows = rows.filter(first=first) if first else rows
    count, amount = "members", F("net")
    if who == "paying":
        count, amount = "paying", F("net") + F("restated")
    else:
        rows = rows.filter(month__gte=asked.first)
        if who == "joined":
            rows, amount = rows.filter(month=F("first")), F("net") + F("restated")
        else:
            rows = rows.filter(kind__in=GROUPS.get(who, [who]))
    found = rows.aggregate(total=Sum(amount, default=ZERO), count=Sum(count, default=0))
    return found["count"], found["total"]


def movements(member) -> QuerySet[Movement]:
    """Every movement of a member's MRR, with what caused it."""
    return Movement.objects.filter(member=member).select_related("version__subscription")


def money_days(money: Money) -> QuerySet[DayRevenue]:
    """The rows of days that add up to a part of the money."""
    days = (money.period.first, money.period.last)
    return DayRevenue.objects.filter(day__range=days, **money.wanted)


def money_total(money: Money) -> tuple[int, Decimal]:
    """How many these are, and what they add up to."""
    found = money_days(money).aggregate(count=Count("pk"), total=Sum("amount", default=ZERO))
    return found["count"], found["total"]


def kept_of_day(money: Money, day: dt.date) -> tuple[Decimal, Decimal]:
    """What a row of a day says, and by how much it was restated since."""
    rows = DayRevenue.objects.filter(Q(day=day, restates=None) | Q(restates=day), **money.wanted)
    since = Q(restates=day)
    found = rows.aggregate(
        then=Sum("amount", filter=~since, default=ZERO), since=Sum("amount", filter=since, default=ZERO)
    )
    return found["then"], found["since"]
