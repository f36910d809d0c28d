"""Days of payments, refunds and disputes by plan and billing country, as triggers note that they are new or changed.

Received is what members paid, without tax: top-ups, which become revenue as credit is used, and invoices of Premium,
which do as months pass. Revenue as earned stands in System Accounting; the two are never added.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from django.db import connection
from django.utils import timezone

from accounting.rollups import spans
from memberships import shares
from memberships.shares import HELD, ISSUED, TAKEN
from reports.calendar import Calendar
from reports.models import DayRevenue

A_MONTH = timedelta(days=45)  # what an invoice covers longer is a year
PLAN = "CASE WHEN i.covers_until - i.covers_from > %(month)s THEN 'year' ELSE 'month' END"
REFUND_TAX, DISPUTE_TAX = shares.of_refund("r", "t"), shares.of_dispute("d", "t")
BACK_TAX = shares.of_money_back("b", "i")
# Of the moments from start to end, each with the number of its own row; tax is in no amount
MONEY = f"""
    SELECT t.id, t.paid_at AS at, 'received' AS what, 'top_up' AS plan, t.country, t.amount
    FROM billing_topup t WHERE t.paid_at >= %(start)s AND t.paid_at < %(end)s
    UNION ALL SELECT i.id, i.paid_at, 'received', {PLAN}, i.country, i.cash - i.tax
    FROM memberships_invoice i WHERE i.paid_at >= %(start)s AND i.paid_at < %(end)s AND i.cash > 0
    UNION ALL SELECT r.id, r.created_at, 'refund', 'top_up', t.country, ({REFUND_TAX}) - r.amount
    FROM billing_refund r JOIN billing_topup t ON t.id = r.top_up_id
    WHERE r.created_at >= %(start)s AND r.created_at < %(end)s AND r.{ISSUED}
    UNION ALL SELECT d.id, d.created_at, 'dispute', 'top_up', t.country, ({DISPUTE_TAX}) - d.amount
    FROM billing_dispute d JOIN billing_topup t ON t.id = d.top_up_id
    WHERE d.created_at >= %(start)s AND d.created_at < %(end)s AND d.{TAKEN}
    UNION ALL SELECT b.id, b.created_at, b.kind, {PLAN}, i.country, ({BACK_TAX}) - b.amount
    FROM memberships_moneyback b JOIN memberships_invoice i ON i.id = b.invoice_id
    WHERE b.created_at >= %(start)s AND b.created_at < %(end)s AND b.{HELD.format("b")}
"""  # noqa: S608 - nothing of it comes from outside
# A day, of the first to the last: where a month begins or ends by another zone, the hours between are of that one
DAY = "least(greatest((at AT TIME ZONE %(zone)s)::date, %(first)s), %(last)s)"
DAYS = """
    INSERT INTO reports_dayrevenue (day, restates, what, plan, country, number, amount)
    SELECT {day}, NULL, what, plan, country, count(*), sum(amount)
    FROM ({money}) AS money GROUP BY 1, what, plan, country
"""
# By how much what is known now differs from what is kept of closed days, restatements included
RESTATED = """
    INSERT INTO reports_dayrevenue AS kept (day, restates, what, plan, country, number, amount)
    SELECT %(today)s, day, what, plan, country, sum(number), sum(amount) FROM (
        SELECT {day} AS day, what, plan, country, 1 AS number, amount
        FROM ({money}) AS money
        UNION ALL SELECT coalesce(restates, day), what, plan, country, -number, -amount FROM reports_dayrevenue
        WHERE restates BETWEEN %(first)s AND %(last)s OR restates IS NULL AND day BETWEEN %(first)s AND %(last)s
    ) AS both_sides GROUP BY day, what, plan, country HAVING sum(number) <> 0 OR sum(amount) <> 0
    ON CONFLICT (day, what, plan, country, restates) DO UPDATE SET
        number = kept.number + excluded.number, amount = kept.amount + excluded.amount
"""
ROWS = """SELECT id, amount FROM ({money}) AS money
          WHERE what = %(what)s AND plan = %(plan)s AND country = %(country)s"""
EVER = """SELECT min(at), max(at) FROM (
    SELECT paid_at AS at FROM billing_topup WHERE paid_at IS NOT NULL
    UNION ALL SELECT paid_at FROM memberships_invoice WHERE paid_at IS NOT NULL
    UNION ALL SELECT created_at FROM billing_refund UNION ALL SELECT created_at FROM billing_dispute
    UNION ALL SELECT created_at FROM memberships_moneyback) AS moments"""


def follow(moments: Iterable[datetime], *, anew: bool) -> None:
    """Redo the days of these moments; all open days anew, or all days where there are none yet.

    Closed days stay as they are, in whatever time zone they were, and get restatements.
    """
    calendar = Calendar()
    days, open_from, today = (
        {calendar.day_of(at) for at in moments},
        calendar.open_from,
        calendar.day_of(timezone.now()),
    )
    with connection.cursor() as cursor:
        if fresh := not DayRevenue.objects.exists():
            cursor.execute(EVER)
            ever = cursor.fetchone()
            days = _from_to(*map(calendar.day_of, ever)) if ever[0] else set()
        elif anew:
            days |= _from_to(open_from, max(days | {today}))
        for first, last in _spans(days):
            params = calendar.span(first, last) | {"month": A_MONTH, "today": today}
            if first >= open_from or fresh:
                DayRevenue.objects.filter(day__range=(first, last), restates=None).delete()
                cursor.execute(DAYS.format(money=MONEY, day=DAY), params)
            else:
                cursor.execute(RESTATED.format(money=MONEY, day=DAY), params)


def amounts(day: date, what: str, plan: str, country: str) -> dict[int, Decimal]:
    """Number of each payment, refund or dispute that a row of a day is added up from -> its amount."""
    with connection.cursor() as cursor:
        wanted = {"what": what, "plan": plan, "country": country, "month": A_MONTH}
        cursor.execute(ROWS.format(money=MONEY), Calendar().span(day, day) | wanted)
        return dict(cursor.fetchall())


def _from_to(first: date, last: date) -> set[date]:
    return {first + timedelta(days=number) for number in range((last - first).days + 1)}


def _spans(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Days that follow one another, each month apart."""
    for _, of_month in groupby(sorted(days), key=lambda day: day.replace(day=1)):
        yield from spans(of_month)
