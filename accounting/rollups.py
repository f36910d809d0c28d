"""The rows of days, from the ledger. A day is rebuilt whole, so the same rows come out whenever and however often.

`catch_up` finds the days that transactions posted since the last look belong to, late and backdated ones included, and
those of calls that an invoice proves since then, or no longer. Ids rise as transactions are posted, and what was posted
within OVERLAP is looked at again, as its transaction may have been open then (nothing in this system stays open that
long: see task_time_limit).
"""

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from accounting.figures import RULES, UNSPENT
from accounting.models import CatchUp, DayCalls, DayFigures, DayService, DayTotal
from ui import clock

ONE_DAY = dt.timedelta(days=1)
OVERLAP = dt.timedelta(minutes=15)
KEPT = dt.timedelta(days=7)  # how long the log of looks reaches back
LOCK = 0x4143_4354  # "ACCT": one look at a time

SETTLED = """SELECT coalesce((SELECT id FROM ledger_transaction WHERE posted_at < %s ORDER BY id DESC LIMIT 1), 0)"""
TOUCHED = """
    SELECT DISTINCT (happened_at AT TIME ZONE %(zone)s)::date FROM ledger_transaction WHERE id > %(after)s
    UNION SELECT (answered_at AT TIME ZONE %(zone)s)::date FROM pricing_providercall
    WHERE answered_at >= %(since)s AND state = 'answered'
    UNION SELECT (c.answered_at AT TIME ZONE %(zone)s)::date FROM ledger_transaction t
    JOIN pricing_providercall c ON c.id = substring(t.external_id FROM '^provider_call:([0-9]+):')::bigint
    WHERE t.id > %(after)s AND t.kind = 'true_up'
    UNION SELECT generate_series((calls_from AT TIME ZONE %(zone)s)::date, (calls_until AT TIME ZONE %(zone)s)::date,
                                 interval '1 day')::date
    FROM pricing_providerinvoice WHERE changed_at >= %(since)s
"""
# A reversal is named by what it undoes: `reversal of refund`. The kind of a held part is that of its lot
TOTALS = """
    INSERT INTO accounting_daytotal (day, account, kind, debit, credit, entries)
    SELECT greatest((t.happened_at AT TIME ZONE %(zone)s)::date, %(first)s) AS day,
           CASE a.role WHEN '' THEN a.name WHEN 'held' THEN 'members/held/' || l.kind ELSE 'members/' || a.role END,
           CASE WHEN u.id IS NULL THEN t.kind ELSE 'reversal of ' || u.kind END,
           sum(greatest(e.amount, 0)), sum(greatest(-e.amount, 0)), count(*)
    FROM ledger_transaction t
    JOIN ledger_entry e ON e.transaction_id = t.id
    JOIN ledger_account a ON a.id = e.account_id
    LEFT JOIN ledger_lot l ON l.id = e.lot_id AND a.role = 'held'
    LEFT JOIN ledger_transaction u ON u.id = t.reverses_id
    WHERE t.happened_at >= %(start)s AND t.happened_at < %(end)s
    GROUP BY 1, 2, 3
"""
CALLS = """
    INSERT INTO accounting_daycalls (day, provider, service_id, invoice_id, calls, units, cost)
    SELECT greatest((answered_at AT TIME ZONE %(zone)s)::date, %(first)s), provider, service_id, invoice_id, count(*),
           sum(units), sum(coalesce(reported, expected))
    FROM pricing_providercall
    WHERE answered_at >= %(start)s AND answered_at < %(end)s AND state = 'answered'
    GROUP BY 1, 2, 3, 4
"""
SERVICES = """
    INSERT INTO accounting_dayservice (day, service, units, charged_paid, charged_granted, cost, unreconciled)
    SELECT day, service, sum(units), sum(paid), sum(granted), sum(cost), sum(unreconciled) FROM (
        SELECT greatest((t.happened_at AT TIME ZONE %(zone)s)::date, %(first)s) AS day, t.service,
               CASE WHEN u.id IS NULL THEN 1 ELSE -1 END AS units, 0 AS paid, 0 AS granted, 0 AS cost, 0 AS unreconciled
        FROM ledger_transaction t LEFT JOIN ledger_transaction u ON u.id = t.reverses_id
        WHERE t.happened_at >= %(start)s AND t.happened_at < %(end)s
              AND coalesce(u.kind, t.kind) IN ('charge', 'settle')
        UNION ALL
        SELECT day, CASE account WHEN 'subscription_revenue' THEN 'subscription'
                    ELSE substring(account FROM '[^/]+$') END,
               0, CASE WHEN account LIKE 'promo%%' OR account LIKE 'cost/%%' THEN 0 ELSE credit - debit END,
               CASE WHEN account LIKE 'promo%%' THEN credit - debit ELSE 0 END,
               CASE WHEN account LIKE 'cost/%%' THEN debit - credit ELSE 0 END, 0
        FROM accounting_daytotal
        WHERE day BETWEEN %(first)s AND %(last)s AND (account LIKE 'revenue/%%' OR account = 'subscription_revenue'
              OR account LIKE 'promo_usage/%%' OR account LIKE 'cost/%%')
        UNION ALL
        SELECT day, service_id, 0, 0, 0, 0, cost FROM accounting_daycalls
        WHERE day BETWEEN %(first)s AND %(last)s AND invoice_id IS NULL
    ) AS parts GROUP BY 1, 2
"""
FIGURES = """
    INSERT INTO accounting_dayfigures (day, {names}, unreconciled)
    SELECT day, {sums},
           coalesce((SELECT sum(unreconciled) FROM accounting_dayservice s WHERE s.day = days.day), 0)
    FROM (SELECT day FROM accounting_daytotal WHERE day BETWEEN %s AND %s
          UNION SELECT day FROM accounting_dayservice WHERE day BETWEEN %s AND %s) AS days
    LEFT JOIN accounting_daytotal USING (day) GROUP BY day
"""
ROWS = (DayFigures, DayService, DayCalls, DayTotal)


def catch_up() -> CatchUp | None:
    """Rebuild the days that something new belongs to; all of them at first, and in a new time zone.

    None while another look is under way. `since` of the look is the first day that something new belongs to.
    """
    began, now = time.perf_counter(), timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
        zone, last = str(clock.zone()), CatchUp.objects.order_by("-at").first()
        cursor.execute(SETTLED, [now - OVERLAP])
        look = CatchUp(at=now, last_id=cursor.fetchone()[0], zone=zone)
        touched = _touched(cursor, last) if last else []
        look.since = min(touched, default=None)
        look.days = _rebuild(cursor, touched) if last and last.zone == zone else _rebuild_all(cursor)
        look.seconds = time.perf_counter() - began
        look.save()
        CatchUp.objects.filter(at__lt=now - KEPT).delete()
    return look


def stale() -> list[dt.date] | None:
    """The days whose rows may not say all that has happened by now, in their order; None: no row may be believed."""
    last = CatchUp.objects.order_by("-at").first()
    if last is None or last.zone != str(clock.zone()):
        return None
    with connection.cursor() as cursor:
        return _touched(cursor, last)


def spans(days: Iterable[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Days in their order as (first, last) of those that follow one another."""
    found = []
    for day in days:
        follows = found and day - found[-1][1] == ONE_DAY
        found[-1:] = [(found[-1][0], day)] if follows else [*found[-1:], (day, day)]
    return found


def rebuild(first: dt.date, last: dt.date) -> None:
    """Make the rows of these days anew, both included, whatever they say."""
    with transaction.atomic(), connection.cursor() as cursor:
        wait_turn()
        _rebuild_range(cursor, first, last)


@contextmanager
def days_of(zone: str, first: dt.date, last: dt.date) -> Iterator[None]:
    """Inside, the rows of these days are those of another time zone, and the rows before end where they begin.

    Two days more are rebuilt: midnights lie up to 26 hours apart. Nothing of it stays, and nobody else sees it.
    """
    begin = first - 2 * ONE_DAY
    with transaction.atomic(), connection.cursor() as cursor:
        _rebuild_range(cursor, begin, last, ZoneInfo(zone), start=clock.midnight(begin))
        yield
        transaction.set_rollback(True)


def wait_turn() -> None:
    """Until the transaction ends, nobody else rebuilds days or compares months."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _touched(cursor, last: CatchUp) -> list[dt.date]:
    """The days that what is new since a look belongs to, in their order."""
    cursor.execute(TOUCHED, {"zone": last.zone, "after": last.last_id, "since": last.at - OVERLAP})
    return sorted(day for (day,) in cursor.fetchall())


def _rebuild_all(cursor) -> int:
    for model in ROWS:
        model.objects.all().delete()
    cursor.execute(
        """SELECT min(day), max(day) FROM (
               SELECT (happened_at AT TIME ZONE %(zone)s)::date AS day FROM ledger_transaction
               UNION ALL SELECT (answered_at AT TIME ZONE %(zone)s)::date FROM pricing_providercall
           ) AS days""",
        {"zone": str(clock.zone())},
    )
    first, last = cursor.fetchone()
    if first is None:
        return 0
    _rebuild_range(cursor, first, last)
    return (last - first).days + 1


def _rebuild(cursor, days: list[dt.date]) -> int:
    """These days, neighbours in one statement."""
    for first, last in spans(days):
        _rebuild_range(cursor, first, last)
    return len(days)


def _rebuild_range(cursor, first: dt.date, last: dt.date, zone=None, start: dt.datetime | None = None) -> None:
    """What happened from `start` on that is before the first of these days in `zone` counts as of that day."""
    params = {"zone": str(zone or clock.zone()), "first": first, "last": last}
    params |= {"start": start or clock.midnight(first, zone), "end": clock.midnight(last + ONE_DAY, zone)}
    cursor.execute("SET LOCAL statement_timeout = 0")
    for model in ROWS:
        model.objects.filter(day__range=(first, last)).delete()
    for statement in (TOTALS, CALLS, SERVICES):
        cursor.execute(statement, params)
    cursor.execute(*_figures(first, last))


def _figures(first: dt.date, last: dt.date) -> tuple[str, list]:
    """The statement that adds up the figures of days, and its parameters."""
    rules = {**RULES, "unspent": UNSPENT}
    conditions = [rule.sql() for rule in rules.values()]
    sums = [
        f"coalesce(sum({rule.side}) FILTER (WHERE {condition}), 0)"
        for rule, (condition, _) in zip(rules.values(), conditions, strict=True)
    ]
    params = [value for _, values in conditions for value in values]
    return FIGURES.format(names=", ".join(rules), sums=", ".join(sums)), [*params, first, last, first, last]
