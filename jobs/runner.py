"""Claim a job, run its handler under a lease, and write down how it went."""

import logging
import random
import traceback
import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from alerts.models import raise_alert
from jobs.heartbeat import LEASE_SECONDS, Heartbeat
from jobs.models import Job, State
from jobs.registry import HANDLERS, LeaseLost, Retry, max_attempts, short_kinds
from tunables import values

log = logging.getLogger("jobs")
FIRST_WAIT, LONGEST_WAIT = 5, 900
AT_A_STRETCH = 100  # short jobs that go before what a bell is about
FREE = "(state = 'new' OR state = 'running' AND lease_until < clock_timestamp())"
NEXT = f"""
    id = (SELECT id FROM jobs_job WHERE {FREE} AND state IN ('new', 'running') AND run_at <= statement_timestamp()
              AND kind = ANY(%s) ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED)
"""  # noqa: S608


def run(job_id: int, *, only_due=True) -> bool:
    """Run the job if it is free and due; False when there was nothing to do."""
    return _run(claim(job_id, only_due=only_due))


def run_short(limit=AT_A_STRETCH) -> int:
    """Run short jobs that are due, whoever rang for them, oldest first; returns how many.

    A worker of the default queue does so before what it was woken for: money does not wait for a call to Stripe or for
    a lost bell.
    """
    kinds, ran = short_kinds(), 0
    while ran < limit and _run(_claim_next(kinds)):
        ran += 1
    return ran


def _run(job: Job | None) -> bool:
    if job is None:
        return False
    if job.attempts > max_attempts(job.kind):
        _bury(job, f"The worker died {job.attempts - 1} times while running it.")
        return True
    try:
        with values.snapshot(), Heartbeat(job):
            _perform(job)
    except LeaseLost:
        log.warning("%s was cancelled or taken over while it ran", job)
    except Retry as later:
        _again(job, later.after_seconds, later.reason, attempts=job.attempts - 1)
    except Exception as error:  # whatever a handler raises is written on its row
        log.exception("%s failed (attempt %s)", job, job.attempts)
        _failed(job, error)
    return True


def claim(job_id: int, *, only_due=True) -> Job | None:
    """Take the job: one conditional UPDATE, by the database's clock. Leases that ran out can be taken."""
    return _take(
        f"{FREE} AND id = %s AND (run_at <= clock_timestamp() OR state = 'running' OR NOT %s)", job_id, only_due
    )


def _claim_next(kinds: list[str]) -> Job | None:
    """Take the oldest of these kinds that is due; one that another worker is just taking is left to it."""
    return _take(NEXT, kinds)


def _take(condition: str, *parameters) -> Job | None:
    taken = Job.objects.raw(
        f"""
        UPDATE jobs_job SET state = 'running', attempts = attempts + 1, lease_token = %s, finished_at = NULL,
            started_at = clock_timestamp(), lease_until = clock_timestamp() + make_interval(secs => %s)
        WHERE {condition} RETURNING *
        """,  # noqa: S608 - `condition` is a constant of this module
        [uuid.uuid4(), LEASE_SECONDS, *parameters],
    )
    return next(iter(taken), None)


def run_due(limit=100) -> int:
    """Run what is due in this process, oldest first; returns how many ran. For set-ups without Celery, and tests."""
    due = Job.objects.raw(
        """
        SELECT * FROM jobs_job WHERE state IN ('new', 'running') AND run_at <= clock_timestamp()
            AND (state = 'new' OR lease_until < clock_timestamp())
        ORDER BY run_at, id LIMIT %s
        """,
        [limit],
    )
    return sum(run(job.pk) for job in list(due))


def _perform(job):
    if job.kind not in HANDLERS:
        raise LookupError(f"No handler for {job.kind}; is this worker older than the web process?")
    handler = HANDLERS[job.kind]
    if not handler.atomic:
        handler.function(job)
        _finish(job)
        return
    with transaction.atomic():
        handler.function(job)
        _finish(job)


def _finish(job):
    """Done, if this run still holds the job. In an atomic handler a lost lease rolls the effect back."""
    fields = {"state": State.DONE, "finished_at": timezone.now(), "error": "", "lease_until": None}
    if not job._held().update(**fields):
        raise LeaseLost(str(job))


def _failed(job, error):
    reason = "".join(traceback.format_exception_only(error)).strip()
    where = "".join(traceback.format_tb(error.__traceback__)[-3:])
    if job.attempts >= max_attempts(job.kind):
        _bury(job, f"{reason}\n\n{where}")
        return
    _again(job, _wait(job.attempts), f"{reason}\n\n{where}", attempts=job.attempts)


def _wait(attempts) -> float:
    """5 s, 20 s, 80 s, …, each ± half, so that jobs that failed together do not come back together."""
    return min(FIRST_WAIT * 4 ** (attempts - 1), LONGEST_WAIT) * random.uniform(0.5, 1.5)  # noqa: S311


def _again(job, seconds, reason, *, attempts):
    fields = {"state": State.NEW, "attempts": attempts, "lease_token": None, "lease_until": None}
    run_at = Now() + timedelta(seconds=seconds)
    job._held().update(run_at=run_at, published_at=None, error=_clean(reason), **fields)


def _bury(job, reason):
    fields = {"state": State.DEAD, "finished_at": timezone.now(), "lease_token": None, "lease_until": None}
    if job._held().update(error=_clean(reason), attempts=F("attempts"), **fields):
        raise_alert(
            f"job-dead:{job.kind}",
            f"A job failed for good: {job.kind}",
            _clean(reason).splitlines()[0] if reason else "",
            severity="bad",
            url=f"/admin/jobs/{job.pk}/",
        )


def _clean(reason) -> str:
    return str(reason).replace("\x00", "")[:4000]
