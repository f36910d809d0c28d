"""Jobs whose handlers live in the tests."""

from datetime import timedelta

from django.db.models.functions import Now

from jobs import runner
from jobs.models import Job


def make_job(kind="test.work", payload=None, **fields):
    job = Job.enqueue(kind, payload or {})
    if fields:
        Job.objects.filter(pk=job.pk).update(**fields)
        job.refresh_from_db()
    return job


def make_due(job):
    Job.objects.filter(pk=job.pk).update(run_at=Now() - timedelta(seconds=1))


def lose_lease(job):
    """As if the worker that runs it had died 20 s ago."""
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def run_until_over(job, limit=10):
    """Run a job as often as it wants, without the waits."""
    for _ in range(limit):
        make_due(job)
        runner.run(job.pk)
        job.refresh_from_db()
        if job.is_over:
            return job
    raise AssertionError(f"{job} is still {job.state}")
