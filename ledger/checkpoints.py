"""Daily checkpoints of the system accounts, at the boundaries of business days.

They are a cache: `ledger_sums` starts from the last one it finds, and any or all of them may be deleted.
"""

import datetime as dt
import time

from django.db import connection
from django.utils import timezone

from ui import clock

SETTLED_AFTER = dt.timedelta(minutes=5)
PATIENCE = 5.0  # seconds to wait for postings that are under way; the next run tries again

_WRITERS = """SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = 'ledger_transaction'::regclass AND mode = 'RowExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()"""
_NEWEST = "SELECT max(until) FROM ledger_checkpoint"
_OLDEST = """SELECT min(first.posted_at) FROM ledger_account a CROSS JOIN LATERAL (
    SELECT posted_at FROM ledger_entry WHERE account_id = a.id AND lot_id IS NULL ORDER BY posted_at LIMIT 1) AS first
    WHERE a.member_id IS NULL"""


def make(now=None) -> int:
    """Make what is missing up to the last boundary that no posting under way can still fall before."""
    with connection.cursor() as cursor:
        start = _one(cursor, _NEWEST) or _one(cursor, _OLDEST)
        boundaries = list(_boundaries(start, (now or timezone.now()) - SETTLED_AFTER)) if start else []
        if not boundaries or not _writers_are_done(cursor):
            return 0
        return sum(_one(cursor, "SELECT ledger_make_checkpoints(%s)", [until]) for until in boundaries)


def _boundaries(after, until):
    """The starts of business days in (after, until]."""
    day = after.astimezone(clock.zone()).date()
    while True:
        day += dt.timedelta(days=1)
        boundary = clock.midnight(day)
        if boundary > until:
            return
        yield boundary


def _writers_are_done(cursor) -> bool:
    """Wait for those who are posting now: an instant taken before a boundary may be committed long after it."""
    deadline = time.monotonic() + PATIENCE
    waiting = _writers(cursor)
    while waiting and time.monotonic() < deadline:
        time.sleep(0.05)
        waiting &= _writers(cursor)
    return not waiting


def _writers(cursor) -> set:
    cursor.execute(_WRITERS)
    return {row[0] for row in cursor}


def _one(cursor, query, parameters=()):
    cursor.execute(query, parameters)
    return cursor.fetchone()[0]
