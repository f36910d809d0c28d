"""Look at a table of invite codes, and make what was looked at."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import confirmed, requires
from accounts.permissions import Perm
from files.importing import STALE
from files.tables import takes_tables
from invites.forms import ImportForm
from invites.importing import Codes

PAGE = "invites/new_import.html"


@takes_tables
@require_POST
@requires(Perm.INVITES_MANAGE)
def check_import(request):
    """A dry run: what each line would make, errors first."""
    form = ImportForm.of(request)
    plan = form.judged(Codes(request.user).check)
    return render(request, PAGE, {"form": form, "plan": plan}, status=200 if plan else 422)


@require_POST
@requires(Perm.INVITES_MANAGE)
@confirmed("to make invite codes", page="invites:new_import")
def run_import(request):
    """Make exactly what was shown."""
    form, shown = ImportForm(request.POST), request.POST.get("fingerprint", "")
    plan = form.judged(lambda text: Codes(request.user).run(text, shown))
    if plan and plan.holds(shown):
        lines = "One line is" if plan.changes == 1 else f"{plan.changes:,} lines are"
        messages.success(request, f"{lines} imported. The codes are ready.")
        return redirect("invites:index")
    context = {"form": form, "plan": plan, "problem": plan and STALE}
    return render(request, PAGE, context, status=409 if plan else 422)
