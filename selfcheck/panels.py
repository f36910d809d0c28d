"""Fragments of the self-check's page."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from selfcheck import queries
from selfcheck.checks import CHECKS
from selfcheck.models import Result
from ui import csv, filters, lists, panels

TITLES = {check.name: check.title for check in CHECKS}
COLUMNS = [
    ("ran_at", "First seen"),
    ("seen_at", "Last seen"),
    ("name", "Check", lambda row: TITLES.get(row.name, row.name)),
    ("get_result_display", "Result"),
    ("summary", "Figures"),
    ("examples", "Broken", lambda row: " ".join(row.examples)),
    ("members", "Members", lambda row: " ".join(map(str, row.members))),
    ("get_why_display", "Why"),
    ("asked_by", "By", lambda row: row.asked_by.email if row.asked_by else ""),
    ("seconds", "Seconds", lambda row: f"{row.seconds:.3f}"),
]


@require_safe
@requires(Perm.BILLING_READ)
def checks(request):
    """What was found last; while a job runs, the fragment asks again every two seconds."""
    found = queries.checks()
    response = panels.render(request, "selfcheck/panels/checks.html", {"found": found}, title="Self-check")
    if request.htmx.trigger == "self-check-progress" and not found.job:
        response.headers["HX-Trigger"] = "selfcheck-changed"  # the job has ended: who is frozen, and the earlier runs
    return response


@require_safe
@requires(Perm.BILLING_READ)
def frozen(request):
    """Whose spending is frozen, and why."""
    page = lists.page(queries.frozen(), request, order=("-frozen_at", "-member_id"), size=20)
    return panels.render(request, "selfcheck/panels/frozen.html", {"page": page}, title="Frozen spending")


@require_safe
@requires(Perm.BILLING_READ)
def runs(request):
    """Earlier results, latest first."""
    name = filters.choice(request, "check", TITLES)
    result = filters.choice(request, "result", Result.values)
    found = queries.runs(name=name, result=result)
    if lists.csv_asked(request):
        return csv.stream(found.order_by("-id"), COLUMNS, csv.name("self-check", name, result))
    page = lists.page(found, request, order=("-id",), size=20)
    for row in page.rows:
        row.title = TITLES.get(row.name, row.name)
    context = {
        "page": page,
        "titles": TITLES,
        "name": name,
        "chips": filters.chips(request, "result", [("", "All"), *Result.choices]),
        "applied": filters.applied(request, {"check": ("Check", TITLES)}),
    }
    return panels.render(request, "selfcheck/panels/runs.html", context, title="Earlier runs")
