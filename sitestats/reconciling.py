"""The last step of the funnel against the ledger: who signed up in a period and topped up, seen in a session or not."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from sitestats.deeds import TOP_UP_DAYS

TOP_UPS = """SELECT count(*), coalesce(sum(paid), 0.00), count(d.id),
        coalesce(sum(paid) FILTER (WHERE d.id IS NOT NULL), 0.00)
    FROM accounts_user u CROSS JOIN LATERAL (
        SELECT sum(e.amount) AS paid FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
            JOIN ledger_account a ON a.id = e.account_id AND a.type = 'asset' AND a.member_id IS NULL
        WHERE t.member_id = u.id AND t.kind = 'top_up'
            AND t.happened_at < u.date_joined + %(days)s * interval '1 day' HAVING count(*) > 0) first
    LEFT JOIN sitestats_deed d ON d.what = 'top_up' AND d.subject = u.id
    WHERE u.role = '' AND u.date_joined >= %(start)s AND u.date_joined < %(end)s"""


@dataclass(frozen=True)
class TopUps:
    """Members who signed up in a period and topped up within 30 days, with what they paid in these."""

    members: int  # by the ledger
    paid: Decimal
    seen: int  # of them, those whose sign-up was seen in a session, in whatever order they took the steps
    paid_seen: Decimal

    @property
    def unseen(self) -> int:
        """Who asked not to be counted, or signed up while page views were not recorded."""
        return self.members - self.seen


def top_ups(period) -> TopUps:
    with connection.cursor() as cursor:
        cursor.execute(TOP_UPS, {"days": TOP_UP_DAYS, "start": period.start, "end": period.end})
        return TopUps(*cursor.fetchone())
