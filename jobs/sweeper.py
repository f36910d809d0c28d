"""Ring again for jobs whose bell was lost or whose worker died. Runs from beat and in every worker."""

import logging
import threading

from django.db import DatabaseError, connection, transaction

from jobs import doorbell

INTERVAL = 5
BATCH = 100
ENOUGH_WAITING = 1000
LOCK = 0x10B5
log = logging.getLogger("jobs")


def sweep() -> int:
    """Publish what is due and unheard for 15 s; returns how many. Harmless to run twice or at once."""
    if doorbell.is_open() or _waiting() >= ENOUGH_WAITING:
        return 0
    total = 0
    for _ in range(ENOUGH_WAITING // BATCH):
        jobs = _take()
        rung = doorbell.ring_each(jobs)
        total += rung
        if len(jobs) < BATCH or rung < len(jobs):
            break
    return total


def _take() -> list[tuple[int, str]]:
    """Mark up to 100 due jobs as published; one sweeper at a time, without waiting."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(
            """
            UPDATE jobs_job SET published_at = clock_timestamp() WHERE id IN (
                SELECT id FROM jobs_job
                WHERE state IN ('new', 'running') AND run_at <= clock_timestamp()
                    AND (state = 'new' OR lease_until < clock_timestamp())
                    AND (published_at IS NULL OR published_at < clock_timestamp() - interval '15 s')
                ORDER BY run_at LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING id, kind
            """,
            [BATCH],
        )
        return cursor.fetchall()


def _waiting() -> int:
    """How many bells already wait in Redis: busy workers need no more of them."""
    from poemvision.celery import app

    try:
        with app.connection_for_write() as broker:
            redis = broker.default_channel.client
            return sum(redis.llen(queue.name) for queue in app.conf.task_queues)
    except Exception as error:  # as for the bell itself: the broker's errors are many, and the next tick tries again
        log.warning("The broker did not answer the sweeper: %s", type(error).__name__)
        return ENOUGH_WAITING


def start_timer() -> threading.Thread:
    """Sweep every five seconds in a thread of this process (each Celery worker does)."""
    thread = threading.Thread(target=_tick, daemon=True, name="job-sweeper")
    thread.start()
    return thread


def _tick(over=None):
    over = over or threading.Event()
    while not over.wait(INTERVAL):
        try:
            sweep()
        except DatabaseError as error:
            log.warning("A sweep failed: %s", error)
        finally:
            connection.close()
