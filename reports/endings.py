"""What of MRR was about to end as each month was over: MRR without it is committed MRR.

A state counts from the month in which it held or, of a month that was closed when it was learnt, from the one in which
it was learnt, as movements do: closed months do not change.
"""

from datetime import date
from decimal import Decimal

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from memberships import movements
from reports.models import MemberEnding, MemberMonth, MonthSum
from ui import clock

ZERO = Decimal("0.000000")
MONTH = "date_trunc('month', {at} AT TIME ZONE %(zone)s)::date"
# Of each subscription the newest state of those known by a month; of each member the sum, where it or what they pay
# changes
ENDINGS = f"""
    INSERT INTO reports_memberending (member_id, month, until, first, amount, is_all)
    WITH told AS (
        SELECT s.member_id, v.subscription_id, {MONTH.format(at="v.at")} AS month,
               {MONTH.format(at="v.seen_at")} AS seen, {MONTH.format(at="(v.seen_at - %(closes)s)")} AS open_from,
               CASE WHEN v.facts->>'cancel_at' IS NULL THEN 0 ELSE v.mrr END AS ending,
               row_number() OVER (PARTITION BY v.subscription_id ORDER BY v.at, v.rank, v.digest) AS number
        FROM memberships_version v JOIN memberships_subscription s ON s.id = v.subscription_id
        WHERE {{whose}} AND EXISTS (
            SELECT FROM memberships_version e WHERE e.subscription_id = s.id AND e.facts->>'cancel_at' IS NOT NULL)
    ), known AS (
        SELECT *, CASE WHEN month < open_from THEN seen ELSE month END AS counts FROM told
    ), newest AS (
        SELECT DISTINCT subscription_id, counts AS month,
               max(number) OVER (PARTITION BY subscription_id ORDER BY counts) AS number FROM known
    ), states AS (
        SELECT member_id, newest.month,
               ending - coalesce(lag(ending) OVER (PARTITION BY subscription_id ORDER BY newest.month), 0) AS change
        FROM newest JOIN known USING (subscription_id, number)
    ), changes AS (
        SELECT member_id, month, sum(change) AS change FROM states GROUP BY member_id, month HAVING sum(change) <> 0
    ), amounts AS (
        SELECT member_id, month, lead(month) OVER months AS until, sum(change) OVER months AS amount
        FROM changes WINDOW months AS (PARTITION BY member_id ORDER BY month)
    )
    SELECT member_id, greatest(amounts.month, paid.month), least(amounts.until, paid.until), first, amount,
           amount = after
    FROM amounts JOIN reports_membermonth paid USING (member_id)
    WHERE amount <> 0 AND after > 0 AND (amounts.until IS NULL OR paid.month < amounts.until)
      AND (paid.until IS NULL OR amounts.month < paid.until)
"""  # noqa: S608 - of our own


def follow(cursor, members: list[int] | None) -> None:
    """Make the rows of these members anew, or of all, from what they pay and what of that is about to end."""
    rows = MemberEnding.objects.all()
    (rows if members is None else rows.filter(member__in=members)).delete()
    whose = "TRUE" if members is None else "s.member_id = ANY(%(members)s)"
    params = {"zone": str(clock.zone()), "closes": movements.CLOSES_AFTER, "members": members}
    cursor.execute(ENDINGS.format(whose=whose), params)


def holds(month: date) -> Q:
    """Rows of a member that hold as a month is over, of which each has one at most."""
    return Q(month__lte=month) & (Q(until=None) | Q(until__gt=month))


def paying(month: date) -> QuerySet[MemberMonth]:
    """Members who pay as a month is over."""
    return MemberMonth.objects.filter(holds(month), after__gt=0)


def committing(month: date) -> QuerySet[MemberMonth]:
    """Those of them whose MRR is not all about to end, each with the `amount` that stays."""
    ending = MemberEnding.objects.filter(holds(month), member=OuterRef("member")).values("amount")
    return paying(month).annotate(amount=F("after") - Coalesce(Subquery(ending), ZERO)).exclude(amount=0)


def committed(month: date, first: date | None = None) -> tuple[int, Decimal]:
    """How many these are and what stays together; `first` narrows to a cohort."""
    cohort = Q(first=first) if first else Q()
    pays = MonthSum.objects.filter(cohort, month__lte=month)
    all_of = pays.aggregate(count=Sum("paying", default=0), total=Sum(F("net") + F("restated"), default=ZERO))
    gone = MemberEnding.objects.filter(cohort, holds(month)).aggregate(
        count=Count("pk", filter=Q(is_all=True)), total=Sum("amount", default=ZERO)
    )
    return all_of["count"] - gone["count"], all_of["total"] - gone["total"]
