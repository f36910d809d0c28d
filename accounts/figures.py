"""What each account could spend, copied beside the account each minute so that a list of millions is ordered by it.

An index on the ledger's own wallets would make every charge dearer. Only what differs is written, from the whole of
the ledger each time: a figure that is wrong for whatever reason is right a minute later.
"""

from django.db import connection

REFRESH = """
    WITH stuck AS (
        SELECT member_id, sum(remaining) FILTER (WHERE kind = 'paid') AS paid,
               sum(remaining) FILTER (WHERE kind = 'granted') AS granted
        FROM ledger_lot WHERE has_rest AND (frozen_at IS NOT NULL OR expires_at <= now()) GROUP BY member_id
    ), fresh AS (
        SELECT w.member_id, CASE WHEN w.frozen_at IS NOT NULL OR w.blocked_while_owing THEN 0
            ELSE w.granted - coalesce(s.granted, 0)
                 + CASE WHEN w.debt > 0 THEN 0 ELSE w.paid - coalesce(s.paid, 0) END END AS amount
        FROM ledger_wallet w LEFT JOIN stuck s USING (member_id)
    )
    UPDATE accounts_user u SET spendable = fresh.amount
    FROM fresh WHERE u.id = fresh.member_id AND u.spendable <> fresh.amount
"""


def refresh() -> int:
    """Returns how many differed."""
    with connection.cursor() as cursor:
        cursor.execute(REFRESH)
        return cursor.rowcount
