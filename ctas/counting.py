"""Counts of impressions and clicks: gathered in the process, written every few seconds after an answer is out.

A page neither waits for the count nor fails with it. What a killed process had gathered (two seconds of it, or what
came after its last counted page) is lost; sign-ups are written at once, in the transaction of the account.
"""

import logging
import threading
import time
from collections import Counter

from django.core.signals import request_finished
from django.db import DatabaseError, connection, transaction
from django.dispatch import receiver

from ui import clock

log = logging.getLogger("ctas")
EVERY = 2.0
FIGURES = ("impressions", "clicks", "sign_ups")
ADD = """INSERT INTO ctas_placementday (placement, day, impressions, clicks, sign_ups)
    SELECT * FROM unnest(%s::text[], %s::date[], %s::int[], %s::int[], %s::int[])
    ON CONFLICT (placement, day) DO UPDATE SET
        impressions = ctas_placementday.impressions + EXCLUDED.impressions,
        clicks = ctas_placementday.clicks + EXCLUDED.clicks,
        sign_ups = ctas_placementday.sign_ups + EXCLUDED.sign_ups"""

MOST, WHILE = 20, 600  # of one figure of a placement that one caller is counted for, in seconds

_lock = threading.Lock()
_waiting: Counter = Counter()
_written = 0.0
_callers: Counter = Counter()
_since = 0.0


def note(placement: str, figure: str) -> None:
    """One more, in memory."""
    key = (placement, clock.today(), figure)
    with _lock:
        _waiting[key] += 1


def is_credible(who: str, placement: str) -> bool:
    """Whether no more came from there lately than people who look at pages send. Kept in memory, as what is counted."""
    global _since
    with _lock:
        if time.monotonic() - _since >= WHILE:
            _callers.clear()
            _since = time.monotonic()
        _callers[who, placement] += 1
        return _callers[who, placement] <= MOST


def add(counts: dict) -> None:
    """Write counts of (placement, day, figure) in one statement, rows always in the same order."""
    days = sorted({(placement, day) for placement, day, _ in counts})
    columns = [[counts.get((*day, figure), 0) for day in days] for figure in FIGURES]
    with connection.cursor() as cursor:
        cursor.execute(ADD, [*map(list, zip(*days, strict=True)), *columns])


@receiver(request_finished)
def flush_when_due(**kwargs) -> None:
    """After an answer, when something waits and the last writing was a while ago."""
    if _waiting and time.monotonic() - _written >= EVERY:
        flush()


def flush() -> None:
    """Write what waits. When the database refuses, it waits on."""
    global _written
    with _lock:
        counts = dict(_waiting)
        _waiting.clear()
        _written = time.monotonic()
    if not counts:
        return
    try:
        with transaction.atomic():
            add(counts)
    except DatabaseError as error:
        log.warning("Counts of calls to action wait on (%s)", str(error).splitlines()[0])
        with _lock:
            _waiting.update(counts)


def forget() -> None:
    """As if the process had just begun."""
    global _written
    with _lock:
        _waiting.clear()
        _callers.clear()
        _written = 0.0
