"""Running checks: asked for as a job, or watched all day. A result is stored, and its consequences taken, at once."""

import logging
import time
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from audit.models import record
from jobs.models import Job, State
from selfcheck import measures
from selfcheck.checks import CHECKS, Check, Finding, named
from selfcheck.models import Result, SelfCheck, Why

KIND = "selfcheck.run"
LOCK, WATCHING = 0x5E1F, 0x5E20
WATCH_EVERY = timedelta(seconds=25)  # a tick comes every 30 s, so a mismatch is known within a minute
SHARE = 50  # a watched check runs for a fiftieth of the time at most
log = logging.getLogger("selfcheck")


def ask(names, *, why, by=None) -> Job | None:
    """Queue these checks, but for those that are queued or running already; None when all of them are."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        busy = under_way()
        names = [name for name in names if name not in busy]
        if not names:
            return None
        if by:
            record(by, "self_check.asked", "self-check", after={"checks": names})
        return Job.enqueue(KIND, {"names": names, "why": why, "by": by and by.pk})


def under_way() -> dict[str, Job]:
    """The checks that are queued or running, each with its job."""
    jobs = Job.objects.filter(kind=KIND, state__in=(State.NEW, State.RUNNING))
    return {name: job for job in jobs for name in job.payload["names"][job.progress_done :]}


def run_job(job) -> None:
    """Run what a job asks for. One that died half-way goes on behind what it has stored."""
    names, why, by = job.payload["names"], job.payload["why"], job.payload["by"]
    done = set(SelfCheck.objects.filter(job=job.pk).values_list("name", flat=True))
    for number, name in enumerate(names):
        if name not in done:
            job.progress(number, len(names), named(name).title)
            run(named(name), why=why, by=by, job=job.pk)
    job.progress(len(names), len(names))


def run_all(*, why) -> list[SelfCheck]:
    """All checks in this process: after a restore, before anything else may happen."""
    return [run(check, why=why) for check in CHECKS]


def watch() -> None:
    """Each watched check whose turn it is, unless another process still watches.

    What says nothing new adds no row and raises no alert again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [WATCHING])
        if not cursor.fetchone()[0]:
            return
    try:
        _watch()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [WATCHING])


def _watch() -> None:
    latest = SelfCheck.latest()
    for check in CHECKS:
        last = latest.get(check.name)
        if check.watched and (last is None or _is_due(last)):
            run(check, why=Why.WATCH, last=last)


def run(check: Check, *, why, by=None, job=None, last=None) -> SelfCheck:
    """One check now. The row comes last: a run that dies before it is taken to not have been."""
    started = time.monotonic()
    finding, error = _look(check)
    seconds, now = time.monotonic() - started, timezone.now()
    if last and last.is_like(finding):
        said = {"summary": finding.summary, "examples": list(finding.examples)}
        SelfCheck.objects.filter(pk=last.pk).update(seen_at=now, seconds=seconds, **said)
        return last
    measures.take(check, finding)
    if error:
        measures.alarm_of_failure(check, error)
    return SelfCheck.objects.create(
        name=check.name,
        result=finding.result,
        summary=finding.summary,
        examples=list(finding.examples),
        members=list(finding.members),
        why=why,
        asked_by_id=by,
        job=job,
        ran_at=now,
        seen_at=now,
        seconds=seconds,
    )


def _look(check: Check) -> tuple[Finding, Exception | None]:
    """What the check finds, or why it failed: that is said, and the others run."""
    try:
        return check.look(), None
    except Exception as error:
        log.exception("The self-check %s could not run", check.name)
        words = f"It could not run: {type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"
        return Finding(Result.UNKNOWN, words), error


def _is_due(last: SelfCheck) -> bool:
    return timezone.now() - last.seen_at >= max(WATCH_EVERY, timedelta(seconds=SHARE * last.seconds))
