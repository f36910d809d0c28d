"""Page views added up by day and hour. A day is rebuilt from its views as a whole: twice gives the same rows."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F
from django.utils import timezone

from alerts.models import raise_alert, raise_once, settle
from sitestats import adding, agents, copying, deeds, dictionaries, folding, salts
from sitestats.adding import APART, FIGURES
from sitestats.models import Batch, Day, HourSlice, Tally, UserAgent
from sitestats.storing import LOCK as STORING
from sitestats.storing import make_partition
from tunables import values
from ui import clock

log = logging.getLogger("sitestats")
AHEAD = 3  # days
TURN = 60  # seconds after which no other day is begun: the look of the next minute goes on
ALERT, FAILED, DROPPED = "sitestats:conservation", "sitestats:days", "sitestats:dropped"
LET_GO = "sitestats:let_go"
AGAIN = 15 * 60  # seconds after which a day that failed is tried again: it takes much memory and time
TRIES = 2  # that fail, one a look: a database that was away for one is back by the next
FAILED_LATELY = "sitestats:failed:{}"  # how often, in the cache: a worker may be another by then
FULL = "sitestats:words"
# Of the session, since each day is a transaction of its own
BEGIN_TURN = "SELECT pg_try_advisory_lock(hashtext('sitestats.catch_up'))"
END_TURN = "SELECT pg_advisory_unlock(hashtext('sitestats.catch_up'))"
# While a day is added up the database is not asked: it waits as long as it works for a statement of a worker
WAIT = "SET LOCAL idle_in_transaction_session_timeout = '5min'"
# Slices of a day that are as they were are not written again: each minute few change. Its hours are, which are few
_NUMBERS = ", %s::bigint[]" * len(FIGURES[1:])
GONE = "DELETE FROM sitestats_dayslice WHERE id = ANY(%s::bigint[])"
CHANGE = f"""UPDATE sitestats_dayslice d SET ({", ".join(FIGURES)}) = ({", ".join(f"t.{name}" for name in FIGURES)})
    FROM unnest(%s::bigint[], %s::jsonb[]{_NUMBERS}) AS t (id, {", ".join(FIGURES)}) WHERE d.id = t.id"""  # noqa: S608
NEW = f"COPY sitestats_dayslice (day, {', '.join((*APART, *FIGURES))}) FROM STDIN (FORMAT csv)"
# In one statement, so of one moment: what was served is accounted for, and what was counted is there
LOST = """SELECT
        coalesce(sum(number) FILTER (WHERE what = 'served'), 0)
        - coalesce(sum(number) FILTER (WHERE what NOT IN ('served', 'erased')), 0),
        coalesce(sum(number) FILTER (WHERE what = 'counted'), 0)
        - coalesce(sum(number) FILTER (WHERE what = 'erased'), 0)
        - (SELECT count(*) FROM sitestats_pageview WHERE day = %(day)s)
    FROM sitestats_tally WHERE day = %(day)s"""


def catch_up() -> list[dt.date]:
    """Rebuild the days whose views have changed and look whether any view is missing. The days that were rebuilt.

    None while another process is at it, and after TURN no more: the newest first, then the others, of which the oldest
    waits the longest, one at least. What is left is for the next look.
    """
    with _turn() as is_ours:
        return _catch_up() if is_ours else []


@contextmanager
def _turn() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute(BEGIN_TURN)
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute(END_TURN)


def _catch_up() -> list[dt.date]:
    began, rebuilt = time.monotonic(), []
    steps = {"user agents": reclassify, "what came true": deeds.settle}  # which change days
    failed = [words for words, step in steps.items() if not _done(words, step)]
    changed = Day.objects.filter(is_kept=True).exclude(built=F("revision"))
    days = list(changed.order_by("day").values_list("day", flat=True))
    due = [day for day in days if _is_due(day)]
    left = [*due[-1:], *due[:-1]]
    while left and (len(left) > len(due) - 2 or time.monotonic() - began < TURN):
        day = left.pop(0)
        (rebuilt if _rebuilt(day) else failed).append(day)
    if left:
        log.warning("Page views of %s wait for the next look", ", ".join(map(str, left)))
    if failed:
        _tell(", ".join(map(str, [*failed, *(day for day in days if day not in due)])))
    elif sorted(rebuilt) == days:
        settle(FAILED)
    _watch(days)
    return sorted(rebuilt)


def _tell(failed: str) -> None:
    raise_alert(FAILED, "Days of page views cannot be added up", failed, severity="bad")


def _is_due(day: dt.date) -> bool:
    return cache.get(FAILED_LATELY.format(day), 0) < TRIES


def _rebuilt(day: dt.date) -> bool:
    """Whether it could be. Where it failed twice or took too long, it is not due for a while."""
    key, failed = FAILED_LATELY.format(day), TRIES
    try:
        is_done = _done(f"the page views of {day}", lambda: rebuild(day))
        failed = 0 if is_done else cache.get(key, 0) + 1
    finally:
        cache.set(key, failed, AGAIN)
    return is_done


def _done(words: str, step: Callable) -> bool:
    """Whether it could be: whatever fails, a bad day or what comes before all of them, holds up no other.

    SoftTimeLimitExceeded: it took what a worker has for all of them.
    """
    try:
        step()
    except SoftTimeLimitExceeded:
        _tell(f"{words}: it takes too long")
        raise
    except Exception:  # whatever it is, a statement that takes too long among it
        log.exception("It cannot be added up: %s", words)
        return False
    return True


def rebuild(day: dt.date) -> None:
    """All rollups of a day, in one transaction; what two processes do at once, they do one after the other.

    Of a day whose views are not kept any more they stay as they are.
    """
    began = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(folding.LOCK)
        of_day = Day.objects.get(day=day)  # before the views are read: what comes later raises its revision
        if not of_day.is_kept:
            return
        cursor.execute(WAIT)
        with adding.added_up(day) as added:
            HourSlice.objects.filter(day=day).delete()
            HourSlice.objects.bulk_create(added.hours)
            _write(cursor, day, added)
        Day.objects.filter(day=day).update(
            built=of_day.revision, built_at=timezone.now(), views=added.views, seconds=time.monotonic() - began
        )


def _write(cursor: CursorWrapper, day: dt.date, added: adding.Added) -> None:
    """The day's slices, as far as they differ from those that are there."""
    for some in added.gone():
        cursor.execute(GONE, [copying.array(number for (number,) in some)])
    for some in added.changed():
        ids, spreads, *numbers = zip(*some, strict=True)
        cursor.execute(CHANGE, [copying.array(ids), list(spreads), *map(copying.array, numbers)])
    new = added.new()  # put in order before the database waits for it
    with cursor.copy(NEW) as copy:
        for some in new:
            copy.write("".join(f"{day},{line}\n" for (line,) in some))


def reclassify() -> int:
    """Judge user agents anew after a change of the rules; the days that are kept are then rebuilt. How many changed."""
    old = list(UserAgent.objects.filter(rules__lt=agents.RULES_VERSION).order_by("id"))
    if not old:
        return 0
    for agent in old:
        for name, value in zip(dictionaries.JUDGED, dictionaries.judged(agent.text), strict=True):
            setattr(agent, name, value)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STORING)  # whoever stores views marks days as well
        UserAgent.objects.bulk_update(old, dictionaries.JUDGED, batch_size=1000)
        Day.objects.filter(is_kept=True).update(revision=F("revision") + 1)
    return len(old)


def tend() -> None:
    """Partitions for the days to come, none beyond the retention; salts and batches whose time is over."""
    today = clock.today()
    for ahead in range(AHEAD + 1):
        make_partition(today + dt.timedelta(days=ahead))
    salts.destroy(timezone.now())
    _let_go(today - dt.timedelta(days=values.get("page_view_days")))
    Batch.objects.filter(at__lt=timezone.now() - dt.timedelta(days=7)).delete()


def missing(day: dt.date) -> tuple[int, int]:
    """Requests that were served and of which nobody knows what became; views that were counted and are not there."""
    with connection.cursor() as cursor:
        cursor.execute(LOST, {"day": day})
        return cursor.fetchone()


def _watch(changed: list[dt.date]) -> None:
    """Look at the days that changed, and at today and yesterday in any case, of which views may have gone since."""
    today = clock.today()
    days = sorted({*changed, today - dt.timedelta(days=1), today})
    dropped = Tally.objects.filter(day__in=days[-2:], what__startswith="dropped", number__gt=0).order_by("day", "what")
    if told := "; ".join(f"{each.day}: {each.number} {each.what}" for each in dropped):
        raise_once(DROPPED, "Page views were dropped", told, severity="warn")
    lost = {day: missing(day) for day in days}
    if any(any(numbers) for numbers in lost.values()):
        told = "; ".join(f"{day}: {unknown} unaccounted, {gone} not there" for day, (unknown, gone) in lost.items())
        raise_once(ALERT, "Page views do not add up", told, severity="bad")
    else:
        settle(ALERT)


def _let_go(oldest: dt.date) -> None:
    """Drop the views of earlier days. What they added up to is final from then on, whatever the setting says later.

    The last of these days keeps its views for one more: a session of the next one may have begun there. So long it is
    tried if it cannot be added up; then it is let go as it was the last time, and no other waits for it.
    """
    folded, last = False, oldest - dt.timedelta(days=1)
    for each in Day.objects.filter(day__lt=oldest, is_kept=True).order_by("day"):
        if each.built != each.revision and not (_is_due(each.day) and _rebuilt(each.day)):
            if each.day == last:
                continue
            told = "It could not be added up before its views had to go. Its figures are those of the last time."
            raise_alert(f"{LET_GO}:{each.day}", f"Page views of {each.day} are told in part", told, severity="bad")
        folding.fold(each.day)
        folded = True
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STORING)
        cursor.execute("SELECT sitestats_drop_partitions(%s)", [last])
    if folded:
        folding.forget_unused()  # what they alone told of makes room
    if full := [each.table for each in dictionaries.make() if each.is_full()]:
        told = f"What is new in {', '.join(full)} is told roughly"
        raise_once(FULL, "Page views name more than is told apart", told, severity="warn")
    else:
        settle(FULL)
