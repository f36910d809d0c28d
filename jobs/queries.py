"""Reads of the job table."""

from django.db.models import QuerySet

from jobs.models import Job, State
from jobs.registry import HANDLERS, max_attempts
from ui import lists


def jobs(*, state="", kind="") -> QuerySet[Job]:
    """Jobs of one state and kind; the caller orders and pages."""
    found = Job.objects.all()
    if state in State.values:
        found = found.filter(state=state)
    return found.filter(kind=kind) if kind in HANDLERS else found


def counts(*, kind="") -> dict[str, str]:
    """How many jobs each state holds ("" is all), exact up to 10,000."""
    return {state: lists.bounded_count(jobs(state=state, kind=kind)) for state in ("", *State.values)}


def kinds() -> list[str]:
    return sorted(HANDLERS)


def attempts_left(job) -> int:
    return max(0, max_attempts(job.kind) - job.attempts)
