"""What people do that another room keeps, tied to the session in which they did it: the steps of the funnel.

Whoever answers a request calls `note`; the recorder stores it with the page views, for whoever lets page views be
counted. Whether and when it came true, the other room says: `answers` asks it by ids, `settle` writes it down, and the
day of the session is rebuilt.
"""

import datetime as dt
from collections.abc import Callable, Iterable

from django.db import connection, transaction
from django.utils import timezone

from sitestats.models import Deed
from sitestats.storing import LOCK

# what -> a function of ids: those that came true, and when. Filled by the rooms above
FACTS: dict[str, Callable[[list[int]], Iterable[tuple[int, dt.datetime]]]] = {}
OPEN = dt.timedelta(days=2)  # so long after it was asked for, a cut may still be rendered
TOP_UP_DAYS = 30  # after the sign-up; a later one is no step of that session any more
FIRST_TOP_UPS = """INSERT INTO sitestats_deed (what, subject, session, day, at, done_at)
    SELECT 'top_up', d.subject, d.session, d.day, t.happened_at, t.happened_at
    FROM sitestats_deed d CROSS JOIN LATERAL (
        SELECT happened_at FROM ledger_transaction
        WHERE member_id = d.subject AND kind = 'top_up' ORDER BY happened_at LIMIT 1) t
    WHERE d.what = 'sign_up' AND d.at > now() - %(days)s * interval '1 day'
        AND t.happened_at < d.at + %(days)s * interval '1 day' AND NOT EXISTS (
        SELECT FROM sitestats_deed o WHERE o.what = 'top_up' AND o.subject = d.subject)
    ON CONFLICT DO NOTHING RETURNING day"""
DONE = """UPDATE sitestats_deed d SET done_at = u.at
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS u (subject, at)
    WHERE d.what = %s AND d.subject = u.subject AND d.done_at IS NULL RETURNING day"""
CHANGED = "UPDATE sitestats_day SET revision = revision + 1 WHERE day = ANY(%s) OR day + 1 = ANY(%s)"


def note(request, what: str, subject: int) -> None:
    """This request did something, and it is committed. It is stored once the request is answered."""
    request.deeds = [*getattr(request, "deeds", ()), (what, subject)]


def answers(what: str):
    """Decorator: the function knows which of these came true."""

    def register(function):
        FACTS[what] = function
        return function

    return register


def settle(since: dt.timedelta = OPEN) -> int:
    """Ask the rooms what came true of the deeds since then; how many did."""
    true, days = {}, []
    for what, function in FACTS.items():
        waiting = Deed.objects.filter(what=what, done_at=None, at__gt=timezone.now() - since)
        true[what] = list(function(list(waiting.values_list("subject", flat=True))))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK)  # whoever stores views marks days as well
        for what, found in true.items():
            if found:
                cursor.execute(DONE, [*(list(column) for column in zip(*found, strict=True)), what])
                days += cursor.fetchall()
        cursor.execute(FIRST_TOP_UPS, {"days": TOP_UP_DAYS})
        days += cursor.fetchall()
        changed = [day for (day,) in days]
        cursor.execute(CHANGED, [changed, changed])  # the session may have begun the day before
    return len(days)
