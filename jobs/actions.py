"""What staff can do to a job."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import Perm
from jobs.models import Job
from ui import actions


@require_POST
@requires(Perm.JOBS_RETRY)
def retry_job(request, pk):
    """Give a dead or cancelled job new attempts."""
    job = get_object_or_404(Job, pk=pk)
    words = "is queued again" if job.retry(by=request.user) else f"was left alone: it is {job.state} already"
    return _done(request, job, words)


@require_POST
@requires(Perm.JOBS_RETRY)
def cancel_job(request, pk):
    """Stop a job that is queued or running."""
    job = get_object_or_404(Job, pk=pk)
    words = "is cancelled" if job.cancel(by=request.user) else f"was left alone: it is {job.state} already"
    return _done(request, job, words)


def _done(request, job, words):
    return actions.done(request, "jobs-changed", toast=f"Job {job.pk} {words}.", redirect=f"/admin/jobs/{job.pk}/")
