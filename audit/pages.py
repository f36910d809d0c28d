"""Full pages of this room."""

from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import confirmed, requires
from accounts.permissions import Perm
from audit import entries, queries
from ui import csv, lists
from ui.periods import PeriodForm


@require_safe
@requires(Perm.LOGS_READ)
def index(request):
    """Where the log was before it had tabs: alerts of that time still lead here."""
    return redirect("audit:logs")


@require_safe
@requires(Perm.LOGS_READ)
def logs(request):
    """Sign-ins, activity, exports, impersonations and denied attempts, a tab each; and everything."""
    context = {"period": PeriodForm.of(request, entries.PERIODS), "presets": entries.PERIODS}
    return render(request, "audit/logs.html", context)


@require_safe
@requires(Perm.USERS_READ_CONTACT)
@requires(Perm.LOGS_READ)
@confirmed("to take the head of the log away as a file", file=True)
def head_file(request):
    """The head of the chain as a file to be kept elsewhere: JSON, or CSV. See `panels.HASH`."""
    row, (position, head), check = queries.newest(), queries.head(), queries.last_check()
    facts = {
        "position": position,
        "head": head,
        "sealed_row_at": row and row.at,
        "exported_at": timezone.now(),
        "verified_through": check.through if check and not check.problem else 0,
    }
    name = csv.name("audit-head", position)
    if lists.csv_asked(request):
        return csv.stream([facts], [(key, key.replace("_", " ").capitalize()) for key in facts], name)
    response = JsonResponse(facts, json_dumps_params={"indent": 2})
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response
