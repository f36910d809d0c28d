"""Days of payments, refunds and disputes by plan and billing country, as triggers note that they are new or changed.

Received is what members paid, without tax: top-ups, which become revenue as credit is used, and invoices of Premium,
which do as months pass. Revenue as earned stands in System Accounting; the two are never added.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from accounting.rollups import spans
from memberships import movements
from reports.models import DayRevenue
from ui import clock

A_MONTH = timedelta(days=45)  # what an invoice covers longer is a year
# Of the moments from start to end
MONEY = """
    SELECT t.paid_at AS at, 'received' AS what, 'top_up' AS plan, t.country, t.amount, t.cash - t.amount AS tax
    FROM billing_topup t WHERE t.paid_at >= %(start)s AND t.paid_at < %(end)s
    UNION ALL SELECT i.paid_at, 'received',
        CASE WHEN i.covers_until - i.covers_from > %(month)s THEN 'year' ELSE 'month' END,
        i.country, i.cash - i.tax, i.tax
    FROM memberships_invoice i WHERE i.paid_at >= %(start)s AND i.paid_at < %(end)s AND i.cash > 0
    UNION ALL SELECT r.created_at, 'refund', 'top_up', t.country, -r.amount, 0
    FROM billing_refund r JOIN billing_topup t ON t.id = r.top_up_id
    WHERE r.created_at >= %(start)s AND r.created_at < %(end)s AND r.status IN ('pending', 'succeeded')
    UNION ALL SELECT d.created_at, 'dispute', 'top_up', t.country, -d.amount, 0
    FROM billing_dispute d JOIN billing_topup t ON t.id = d.top_up_id
    WHERE d.created_at >= %(start)s AND d.created_at < %(end)s
        AND d.status NOT IN ('warning_needs_response', 'warning_under_review', 'warning_closed', 'won')
    UNION ALL SELECT b.created_at, b.kind,
        CASE WHEN i.covers_until - i.covers_from > %(month)s THEN 'year' ELSE 'month' END, i.country, -b.amount, 0
    FROM memberships_moneyback b JOIN memberships_invoice i ON i.id = b.invoice_id
    WHERE b.created_at >= %(start)s AND b.created_at < %(end)s AND b.is_booked AND NOT b.is_given_back
"""
DAYS = """
    INSERT INTO reports_dayrevenue (day, restates, what, plan, country, number, amount, tax)
    SELECT (at AT TIME ZONE %(zone)s)::date, NULL, what, plan, country, count(*), sum(amount), sum(tax)
    FROM ({money}) AS money GROUP BY 1, what, plan, country
"""
# By how much what is known now differs from what is kept of closed days, restatements included
RESTATED = """
    INSERT INTO reports_dayrevenue AS kept (day, restates, what, plan, country, number, amount, tax)
    SELECT %(today)s, day, what, plan, country, sum(number), sum(amount), sum(tax) FROM (
        SELECT (at AT TIME ZONE %(zone)s)::date AS day, what, plan, country, 1 AS number, amount, tax
        FROM ({money}) AS money
        UNION ALL SELECT coalesce(restates, day), what, plan, country, -number, -amount, -tax FROM reports_dayrevenue
        WHERE restates BETWEEN %(first)s AND %(last)s OR restates IS NULL AND day BETWEEN %(first)s AND %(last)s
    ) AS both_sides GROUP BY day, what, plan, country HAVING sum(number) <> 0 OR sum(amount) <> 0 OR sum(tax) <> 0
    ON CONFLICT (day, what, plan, country, restates) DO UPDATE SET
        number = kept.number + excluded.number, amount = kept.amount + excluded.amount, tax = kept.tax + excluded.tax
"""
EVER = """SELECT min(at), max(at) FROM (
    SELECT paid_at AS at FROM billing_topup WHERE paid_at IS NOT NULL
    UNION ALL SELECT paid_at FROM memberships_invoice WHERE paid_at IS NOT NULL
    UNION ALL SELECT created_at FROM billing_refund UNION ALL SELECT created_at FROM billing_dispute
    UNION ALL SELECT created_at FROM memberships_moneyback) AS moments"""


def follow(moments: Iterable[datetime], *, anew: bool) -> None:
    """Redo the days of these moments, or all days anew. Closed days stay as they are, and get restatements."""
    with connection.cursor() as cursor:
        if anew:
            DayRevenue.objects.all().delete()
            cursor.execute(EVER)
            first, last = cursor.fetchone()
            if first:
                cursor.execute(DAYS.format(money=MONEY), _params(day_of(first), day_of(last)))
            return
        days, open_from = {day_of(at) for at in moments}, opened()
        for first, last in spans(sorted(day for day in days if day >= open_from)):
            DayRevenue.objects.filter(day__range=(first, last), restates=None).delete()
            cursor.execute(DAYS.format(money=MONEY), _params(first, last))
        for first, last in spans(sorted(day for day in days if day < open_from)):
            cursor.execute(RESTATED.format(money=MONEY), _params(first, last))


def opened() -> date:
    """The first day that may still change: a month closes some days after it is over."""
    return movements.month_of(timezone.now() - movements.CLOSES_AFTER)


def day_of(at: datetime) -> date:
    """The business day of a moment."""
    return at.astimezone(clock.zone()).date()


def _params(first: date, last: date) -> dict:
    times = {"start": clock.midnight(first), "end": clock.midnight(last + timedelta(days=1)), "zone": str(clock.zone())}
    return times | {"first": first, "last": last, "today": day_of(timezone.now()), "month": A_MONTH}
