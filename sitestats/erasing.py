"""One person's page views, gone: those seen while signed in. Whose the others were, nobody can tell."""

from collections import Counter
from collections.abc import Iterable

from django.db import connection, transaction

from sitestats.models import Acquisition
from sitestats.storing import CHANGED, CHANGED_BESIDE, LOCK, TALLY

FORGOTTEN = ("medium", "campaign", "referrer", "landing_path", "share_target")  # the rest of a first touch
VIEWS = "DELETE FROM sitestats_pageview WHERE user_id = %s RETURNING day, session"
# In whatever session: a cut may have been adopted, and nobody is signed in at the sign-up. In theirs the visitors' cuts
# as well; what another person did there stays
DEEDS = """DELETE FROM sitestats_deed d WHERE what IN ('sign_up', 'top_up') AND subject = %(user)s
    OR what = 'render' AND (subject = ANY(%(cuts)s) OR session = ANY(%(sessions)s) AND NOT EXISTS (
        SELECT FROM studio_cut c WHERE c.id = d.subject AND c.owner_id <> %(user)s)) RETURNING day"""


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
        cursor.execute(DEEDS, {"user": user.pk, "cuts": list(cuts), "sessions": sessions})
        days = sorted({*numbers, *(day for (day,) in cursor.fetchall())})
        cursor.execute(CHANGED, [days])
        cursor.execute(CHANGED_BESIDE, {"days": days})  # where its sessions went on
        cursor.execute("DELETE FROM sitestats_visit WHERE session = ANY(%s)", [sessions])
    return len(gone)


def forget_way(user) -> None:
    """How `user` came stays by what money is told by: channel, source, and the code of whoever brought them."""
    Acquisition.objects.filter(user=user).update(**dict.fromkeys(FORGOTTEN, ""))
