"""MRR by month, and what moved it: each member's net change of a month is of one kind."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from memberships import movements
from memberships.models import Subscription

ZERO = Decimal(0)
# What a member pays after each month in which it changed; what was learnt too late stands beside it
_BY_MONTH = """
WITH net AS (
  SELECT member_id, month, coalesce(sum(amount) FILTER (WHERE restates IS NULL), 0) AS net,
         coalesce(sum(amount) FILTER (WHERE restates IS NOT NULL), 0) AS restated,
         coalesce(sum(amount) FILTER (WHERE kind IN ('new', 'reactivation')), 0) AS came,
         coalesce(sum(amount) FILTER (WHERE kind IN ('new', 'reactivation') AND restates IS NOT NULL), 0) AS came_late
  FROM memberships_movement GROUP BY member_id, month
),
paid AS (
  SELECT member_id, month, net, restated, coalesce(sum(net + restated) OVER earlier, 0) AS start,
         coalesce(sum(came) OVER earlier, 0) + came_late > 0 AS ever  -- what never was is taken back by its negative
  FROM net WINDOW earlier AS (PARTITION BY member_id ORDER BY month ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
kinds AS (
  SELECT month, net, restated, (start + restated > 0)::int - (start > 0)::int AS learnt, CASE
    WHEN net = 0 THEN 'none' WHEN start + restated <= 0 AND ever THEN 'reactivation'
    WHEN start + restated <= 0 THEN 'new' WHEN start + restated + net <= 0 THEN 'churn'
    WHEN net > 0 THEN 'expansion' ELSE 'contraction' END AS kind
  FROM paid
)
SELECT month, kind, sum(net), sum(restated), count(*), sum(learnt) FROM kinds GROUP BY month, kind ORDER BY month
"""


@dataclass(frozen=True)
class Month:
    """One month in US dollars; losses are negative. start + all movements = end, to the last place."""

    month: date
    start: Decimal
    members_at_start: int
    new: Decimal = ZERO
    reactivation: Decimal = ZERO
    expansion: Decimal = ZERO
    contraction: Decimal = ZERO
    churn: Decimal = ZERO
    restated: Decimal = ZERO
    joined: int = 0
    lost: int = 0
    learnt: int = 0

    @property
    def members_at_end(self) -> int:
        """`learnt` of them (fewer, below zero) had begun or ended in a closed month, as became known in this one."""
        return self.members_at_start + self.joined - self.lost + self.learnt

    @property
    def end(self) -> Decimal:
        return (
            self.start + self.new + self.reactivation + self.expansion + self.contraction + self.churn + self.restated
        )

    @property
    def logo_churn(self) -> Decimal | None:
        """Members who stopped paying, of those who paid at the start."""
        return Decimal(self.lost) / self.members_at_start if self.members_at_start else None

    @property
    def gross_churn(self) -> Decimal | None:
        """MRR that was lost, of that at the start."""
        return -(self.churn + self.contraction) / self.start if self.start else None

    @property
    def net_churn(self) -> Decimal | None:
        """The same, less what came from those who pay more or came back."""
        gained = self.expansion + self.reactivation
        return -(self.churn + self.contraction + gained) / self.start if self.start else None

    @property
    def nrr(self) -> Decimal | None:
        """What those of the start pay at the end."""
        kept = self.start + self.expansion + self.contraction + self.churn
        return kept / self.start if self.start else None

    @property
    def grr(self) -> Decimal | None:
        """The same without what they pay more."""
        return 1 - self.gross_churn if self.start else None


def mrr_by_month() -> list[Month]:
    """Every month from the first movement to now, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_MONTH)
        rows = cursor.fetchall()
    if not rows:
        return []
    months, mrr, members = [], ZERO, 0
    month, last = rows[0][0], max(rows[-1][0], movements.month_of(timezone.now()))
    while month <= last:
        told = {kind: figures for at, kind, *figures in rows if at == month}
        sums = {kind: net for kind, (net, *_) in told.items() if kind != "none"}
        counts = {kind: count for kind, (_, _, count, _) in told.items()}
        late = {
            "restated": sum((restated for _, restated, _, _ in told.values()), ZERO),
            "learnt": sum(learnt for *_, learnt in told.values()),
        }
        joined, lost = counts.get("new", 0) + counts.get("reactivation", 0), counts.get("churn", 0)
        months.append(Month(month, mrr, members, **sums, **late, joined=joined, lost=lost))
        mrr, members = months[-1].end, months[-1].members_at_end
        month = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    return months


@dataclass(frozen=True)
class Report:
    """The newest months first, and whether the movements add up to what Stripe's subscriptions are worth now."""

    months: list[Month]
    mrr: Decimal
    counted: Decimal

    @property
    def difference(self) -> Decimal:
        return self.counted - self.mrr


def mrr_movements() -> Report:
    """MRR by month with its movements, held against the subscriptions themselves."""
    months = mrr_by_month()
    mrr = Subscription.objects.aggregate(total=Sum("mrr", default=0))["total"]
    return Report(months[::-1], mrr, months[-1].end if months else ZERO)


MRR_COLUMNS = tuple(
    (name, name.replace("_", " ").capitalize(), lambda row, name=name: getattr(row, name))
    for name in (
        *("month", "start", "new", "reactivation", "expansion", "contraction", "churn", "restated", "end"),
        *("members_at_start", "joined", "lost", "learnt", "members_at_end"),
        *("logo_churn", "gross_churn", "net_churn", "nrr", "grr"),
    )
)
