"""Fragments of the Jobs pages."""

import json

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from jobs import queries
from jobs.models import Job, State
from ui import csv, filters, lists, panels

COLUMNS = [
    ("id", "Id"),
    ("kind", "Kind"),
    ("state_words", "State"),
    ("attempts", "Attempts"),
    ("created_at", "Created"),
    ("run_at", "Run at"),
    ("finished_at", "Finished"),
    ("error", "Error"),
]


@require_safe
@requires(Perm.JOBS_READ)
def jobs(request):
    """The job table, by state and kind, newest first."""
    state = filters.choice(request, "state", State.values)
    kind = filters.choice(request, "kind", queries.kinds())
    found = queries.jobs(state=state, kind=kind)
    if lists.csv_asked(request):
        return csv.stream(found.order_by("-id"), COLUMNS, csv.name("jobs", state, kind))
    context = {
        "page": lists.page(found, request, order=("-id",)),
        "chips": filters.chips(request, "state", [("", "All"), *State.choices], queries.counts(kind=kind)),
        "applied": filters.applied(request, {"kind": "Kind"}),
        "kind": kind,
        "kinds": queries.kinds(),
    }
    return panels.render(request, "jobs/panels/jobs.html", context)


@require_safe
@requires(Perm.JOBS_READ)
def job(request, pk):
    """One job as it stands; the page asks again while it is not over."""
    job = get_object_or_404(Job, pk=pk)
    payload = json.dumps(job.payload, indent=2, ensure_ascii=False, sort_keys=True)
    context = {"job": job, "left": queries.attempts_left(job), "payload": payload}
    response = panels.render(request, "jobs/panels/job.html", context, title=f"Job {job.pk}")
    return panels.finished(response) if job.is_over and request.htmx else response
