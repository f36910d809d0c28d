"""The rows of months and days, from movements of MRR and from payments. Triggers note who and which day is to do.

A note is taken away in the transaction that follows it, so nothing that commits later is passed over. What a member
was counted with is taken off the sums, then what they count with now is added: the same as making all anew.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from accounting.figures import following
from memberships import movements
from reports import endings, revenue
from reports.models import DayChange, DayRevenue, Look, MemberChange, MemberMonth, MonthBase, MonthSum
from sitestats.facts import with_demo
from ui import clock

LOCK = 0x5245_5053  # "REPS": one look at a time
MONTHS = """
    INSERT INTO reports_membermonth (member_id, month, first, until, kind, before, net, restated, is_restated, after)
    WITH changes AS (
        SELECT member_id, month, coalesce(sum(amount) FILTER (WHERE restates IS NULL), 0) AS net,
               coalesce(sum(amount) FILTER (WHERE restates IS NOT NULL), 0) AS restated,
               bool_or(restates IS NOT NULL) AS is_restated,
               coalesce(sum(amount) FILTER (WHERE kind IN ('new', 'reactivation')), 0) AS came,
               coalesce(sum(amount) FILTER (WHERE kind IN ('new', 'reactivation') AND restates IS NOT NULL), 0) AS late
        FROM memberships_movement WHERE {whose} GROUP BY member_id, month
    ), paid AS (
        SELECT *, lead(month) OVER months AS until, sum(came) OVER months AS came_by_now,
               coalesce(sum(net + restated) OVER earlier, 0) AS before,
               coalesce(sum(came) OVER earlier, 0) + late > 0 AS ever
        FROM changes WINDOW months AS (PARTITION BY member_id ORDER BY month),
                            earlier AS (months ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
    SELECT member_id, month, min(month) FILTER (WHERE came_by_now > 0 OR until IS NULL) OVER (PARTITION BY member_id),
           until, CASE
               WHEN net = 0 THEN 'none'
               WHEN before + restated <= 0 THEN CASE WHEN ever THEN 'reactivation' ELSE 'new' END
               WHEN before + restated + net <= 0 THEN 'churn'
               WHEN net > 0 THEN 'expansion' ELSE 'contraction' END,
           before, net, restated, is_restated, before + net + restated
    FROM paid
"""
SUMS = """
    INSERT INTO reports_monthsum AS kept (month, first, kind, members, paying, net, restated)
    SELECT month, first, kind, {sign} count(*), {sign} sum((after > 0)::int - (before > 0)::int), {sign} sum(net),
           {sign} sum(restated)
    FROM reports_membermonth WHERE {whose} GROUP BY month, first, kind
    ON CONFLICT (month, first, kind) DO UPDATE SET
        members = kept.members + excluded.members, paying = kept.paying + excluded.paying,
        net = kept.net + excluded.net, restated = kept.restated + excluded.restated
"""
# In one statement, so of one moment. As the running month ends: a test clock may have told of what is after it
WORTH = """
    SELECT coalesce(sum(mrr), 0), (SELECT coalesce(sum(amount), 0) FROM memberships_movement WHERE month <= %(running)s)
    FROM (
        SELECT mrr FROM memberships_subscription WHERE heard_at < %(at)s
        UNION ALL SELECT newest.mrr FROM memberships_subscription s, LATERAL (
            SELECT v.mrr FROM memberships_version v WHERE v.subscription_id = s.id AND v.at < %(at)s
            ORDER BY v.at DESC, v.rank DESC, v.digest DESC LIMIT 1
        ) newest WHERE s.heard_at >= %(at)s
    ) AS worth"""
# Not while members are noted again, whose rows are yet to follow
OFF = """SELECT CASE WHEN EXISTS (SELECT FROM reports_memberchange) THEN %s ELSE count(*) END
    FROM (SELECT month, sum(amount) AS total FROM memberships_movement GROUP BY month) moved
    FULL JOIN (SELECT month, sum(net + restated) AS total FROM reports_monthsum GROUP BY month) kept USING (month)
    WHERE coalesce(moved.total, 0) <> coalesce(kept.total, 0)"""
# Members with an account at that moment; those of a demo where this is one
MEMBERS = """SELECT count(*) FROM accounts_user WHERE role = '' AND date_joined < %(at)s
    AND (deleted_at IS NULL OR deleted_at >= %(at)s) AND (purged_at IS NULL OR purged_at >= %(at)s)
    AND (%(demo)s OR NOT is_demo)"""
EVERYBODY = "TRUE"
THESE = "member_id = ANY(%s)"


def catch_up() -> Look | None:
    """Redo what is noted; everything at first. None while another look is under way."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SET LOCAL statement_timeout = 0")
        last, zone = Look.objects.first(), str(clock.zone())
        anew = last is None or last.zone != zone
        outdated = last is not None and last.is_outdated
        if last and not last.zone:
            MonthBase.objects.all().delete()
            DayRevenue.objects.all().delete()
        _follow_members(cursor, anew=anew or outdated)
        revenue.follow(_noted_moments(), anew=anew)
        _keep_bases(cursor)
        running = movements.month_of(timezone.now())
        cursor.execute(WORTH, {"running": running, "at": clock.midnight(following(running))})
        mrr, moved = cursor.fetchone()
        _, committed = endings.committed(running)
        cursor.execute(OFF, [last.off if last else 0])
        (off,) = cursor.fetchone()
        Look.objects.all().delete()
        facts = {"mrr": mrr, "committed": committed, "moved": moved, "off": off}
        return Look.objects.create(zone=zone, version=Look.VERSION, **facts)


def begin_anew() -> None:
    """Let the next look make everything anew, also what was written down when months began or closed.

    Until it is through, pages read what the last one left.
    """
    Look.objects.update(zone="")


def _follow_members(cursor, *, anew: bool) -> None:
    noted = sorted(set(_take(MemberChange, "member_id")))
    if anew:
        MonthSum.objects.all().delete()
        MemberMonth.objects.all().delete()
        cursor.execute(MONTHS.format(whose=EVERYBODY))
        cursor.execute(SUMS.format(whose=EVERYBODY, sign=""))
        endings.follow(cursor, None)
    elif noted:
        cursor.execute(SUMS.format(whose=THESE, sign="-"), [noted])
        MemberMonth.objects.filter(member__in=noted).delete()
        cursor.execute(MONTHS.format(whose=THESE), [noted])
        cursor.execute(SUMS.format(whose=THESE, sign=""), [noted])
        MonthSum.objects.filter(members=0).delete()
        endings.follow(cursor, noted)


def _noted_moments() -> list[datetime]:
    return _take(DayChange, "at")


def _take(model, field: str) -> list:
    """The notes that are there now, taken away."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table} RETURNING {field}")  # noqa: S608 - names of our own
        return [value for (value,) in cursor.fetchall()]


def _keep_bases(cursor) -> None:
    """Write down how each month began, once; the newest again while what was before it may still be told."""
    begun = (
        MonthSum.objects.aggregate(first=Min("month"))["first"],
        DayRevenue.objects.aggregate(first=Min("day"))["first"],
    )
    months = list(_months(min((day.replace(day=1) for day in begun if day), default=None)))
    kept = set(MonthBase.objects.values_list("month", flat=True))
    for month in months:
        start = clock.midnight(month)
        if month in kept and start + movements.CLOSES_AFTER < timezone.now():
            continue
        _, committed = endings.committed((month - timedelta(days=1)).replace(day=1))
        cursor.execute(MEMBERS, {"at": start, "demo": with_demo()})
        facts = {"committed": committed, "members": cursor.fetchone()[0], "zone": str(clock.zone())}
        MonthBase.objects.update_or_create(month=month, defaults=facts)


def _months(first: date | None) -> Iterable[date]:
    """From the first to the running one."""
    running = movements.month_of(timezone.now())
    while first and first <= running:
        yield first
        first = following(first)
