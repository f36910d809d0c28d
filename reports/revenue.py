"""Days of payments, refunds and disputes by plan and billing country, as triggers note that they are new or changed.

Received is what members paid, without tax: top-ups, which become revenue as credit is used, and invoices of Premium,
which do as months pass. Revenue as earned stands in System Accounting; the two are never added.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from accounting.rollups import spans
from memberships import movements, shares
from memberships.shares import HELD, ISSUED, TAKEN
from reports.models import DayRevenue
from ui import clock

A_MONTH = timedelta(days=45)  # what an invoice covers longer is a year
PLAN = "CASE WHEN i.covers_until - i.covers_from > %(month)s THEN 'year' ELSE 'month' END"
REFUND_TAX, DISPUTE_TAX = shares.of_refund("r", "t"), shares.of_dispute("d", "t")
BACK_TAX = shares.of_money_back("b", "i")
# Of the moments from start to end, each with the number of its own row; tax is in no amount
MONEY = f"""
    SELECT t.id, t.paid_at AS at, 'received' AS what, 'top_up' AS plan, t.country, t.amount, t.cash - t.amount AS tax
    FROM billing_topup t WHERE t.paid_at >= %(start)s AND t.paid_at < %(end)s
    UNION ALL SELECT i.id, i.paid_at, 'received', {PLAN}, i.country, i.cash - i.tax, i.tax
    FROM memberships_invoice i WHERE i.paid_at >= %(start)s AND i.paid_at < %(end)s AND i.cash > 0
    UNION ALL SELECT r.id, r.created_at, 'refund', 'top_up', t.country, tax - r.amount, -tax
    FROM billing_refund r JOIN billing_topup t ON t.id = r.top_up_id, LATERAL (SELECT {REFUND_TAX} AS tax) share
    WHERE r.created_at >= %(start)s AND r.created_at < %(end)s AND r.{ISSUED}
    UNION ALL SELECT d.id, d.created_at, 'dispute', 'top_up', t.country, tax - d.amount, -tax
    FROM billing_dispute d JOIN billing_topup t ON t.id = d.top_up_id, LATERAL (SELECT {DISPUTE_TAX} AS tax) share
    WHERE d.created_at >= %(start)s AND d.created_at < %(end)s AND d.{TAKEN}
    UNION ALL SELECT b.id, b.created_at, b.kind, {PLAN}, i.country, share.tax - b.amount, -share.tax
    FROM memberships_moneyback b JOIN memberships_invoice i ON i.id = b.invoice_id,
         LATERAL (SELECT {BACK_TAX} AS tax) share
    WHERE b.created_at >= %(start)s AND b.created_at < %(end)s AND b.{HELD.format("b")}
"""  # noqa: S608 - nothing of it comes from outside
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
ROWS = """SELECT id, amount, tax FROM ({money}) AS money
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
    days, open_from = {day_of(at) for at in moments}, opened()
    with connection.cursor() as cursor:
        if not DayRevenue.objects.exists():
            cursor.execute(EVER)
            first, last = cursor.fetchone()
            if first:
                cursor.execute(DAYS.format(money=MONEY), _params(day_of(first), day_of(last)))
            return
        if anew:
            last = max(days | {day_of(timezone.now())})
            days |= {open_from + timedelta(days=number) for number in range((last - open_from).days + 1)}
        for first, last in spans(sorted(day for day in days if day >= open_from)):
            DayRevenue.objects.filter(day__range=(first, last), restates=None).delete()
            cursor.execute(DAYS.format(money=MONEY), _params(first, last))
        for first, last in spans(sorted(day for day in days if day < open_from)):
            cursor.execute(RESTATED.format(money=MONEY), _params(first, last))


def amounts(day: date, what: str, plan: str, country: str) -> dict[int, tuple[Decimal, Decimal]]:
    """Number of each payment, refund or dispute that a row of a day is added up from -> its amount and its tax."""
    with connection.cursor() as cursor:
        wanted = {"what": what, "plan": plan, "country": country}
        cursor.execute(ROWS.format(money=MONEY), _params(day, day) | wanted)
        return {number: (amount, tax) for number, amount, tax in cursor.fetchall()}


def opened() -> date:
    """The first day that may still change: a month closes some days after it is over."""
    return movements.month_of(timezone.now() - movements.CLOSES_AFTER)


def day_of(at: datetime) -> date:
    """The business day of a moment."""
    return at.astimezone(clock.zone()).date()


def _params(first: date, last: date) -> dict:
    times = {"start": clock.midnight(first), "end": clock.midnight(last + timedelta(days=1)), "zone": str(clock.zone())}
    return times | {"first": first, "last": last, "today": day_of(timezone.now()), "month": A_MONTH}
