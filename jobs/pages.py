"""Full pages of this room."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from jobs.models import Job


@require_safe
@requires(Perm.JOBS_READ)
def index(request):
    """All background work."""
    return render(request, "jobs/index.html")


@require_safe
@requires(Perm.JOBS_READ)
def job(request, pk):
    """One job: what it was asked to do and how it went."""
    return render(request, "jobs/job.html", {"job": get_object_or_404(Job, pk=pk)})
