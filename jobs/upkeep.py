"""Keep the job table small, and say when it does not drain."""

from datetime import timedelta

from django.utils import timezone

from alerts.models import raise_alert, settle
from jobs.models import Job, State

KEPT = {State.DONE: timedelta(days=14), State.CANCELLED: timedelta(days=14), State.DEAD: timedelta(days=90)}
LATE = timedelta(minutes=5)
BATCH = 5000


def prune() -> int:
    """Delete jobs that were over long ago, in small transactions. Their dedupe keys go with them."""
    removed = 0
    for state, age in KEPT.items():
        old = Job.objects.filter(state=state, finished_at__lt=timezone.now() - age)
        while ids := list(old.values_list("pk", flat=True)[:BATCH]):
            removed += Job.objects.filter(pk__in=ids).delete()[0]
    return removed


def oldest_wait() -> timedelta:
    """How long the oldest job that is due has been waiting for a worker."""
    due = Job.objects.filter(state=State.NEW, run_at__lt=timezone.now()).order_by("run_at").first()
    return timezone.now() - due.run_at if due else timedelta(0)


def watch() -> None:
    """Alert when work waits longer than five minutes; close the alert when it flows again."""
    wait = oldest_wait()
    if wait <= LATE:
        settle("jobs-late")
        return
    minutes = int(wait.total_seconds() // 60)
    raise_alert(
        "jobs-late",
        "Background work is late",
        f"The oldest job has waited {minutes} minutes. Are the workers running?",
        severity="bad",
        url="/admin/jobs/?jobs.state=new",
    )
