"""One person's page views, gone: those seen while signed in. Whose the others were, nobody can tell."""

from collections import Counter
from collections.abc import Iterable

from django.db import connection, transaction

from sitestats.storing import CHANGED, CHANGED_BESIDE, LOCK, TALLY

VIEWS = "DELETE FROM sitestats_pageview WHERE user_id = %s RETURNING day, session"
# In sessions in which nobody was signed in as well: a cut that was adopted, the sign-up itself
DEEDS = """DELETE FROM sitestats_deed WHERE session = ANY(%s) OR (what = 'render' AND subject = ANY(%s))
    OR (what IN ('sign_up', 'top_up') AND subject = %s) RETURNING day"""


def forget_views(user, cuts: Iterable[int] = ()) -> int:
    """Delete them, and what `user` did in any session, `cuts` (ids) among it. How many views there were.

    The rollups of all days that this changes are then rebuilt.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(VIEWS, [user.pk])
        gone = cursor.fetchall()
        numbers, sessions = Counter(day for day, _ in gone), list({session for _, session in gone})
        cursor.execute(TALLY, [list(numbers), ["erased"] * len(numbers), list(numbers.values())])
        cursor.execute(DEEDS, [sessions, list(cuts), user.pk])
        days = sorted({*numbers, *(day for (day,) in cursor.fetchall())})
        cursor.execute(CHANGED, [days])
        cursor.execute(CHANGED_BESIDE, {"days": days})  # where its sessions went on
        cursor.execute("DELETE FROM sitestats_visit WHERE session = ANY(%s)", [sessions])
    return len(gone)
