"""Look at a CSV of accounts, and import what was looked at."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts import importing
from accounts.access import confirmed, requires
from accounts.list_forms import ImportForm
from accounts.permissions import Perm

STALE = "What the lines would do is not what was shown any more, or some are wrong. Nothing is imported; look again."


@require_POST
@requires(Perm.USERS_IMPORT)
def check_import(request):
    """A dry run: what each line would do, errors first."""
    form, plan = _judged(request, importing.check)
    return render(request, "accounts/new_import.html", {"form": form, "plan": plan}, status=200 if plan else 422)


@require_POST
@requires(Perm.USERS_IMPORT)
@confirmed("to import accounts", page="accounts:new_import")
def run_import(request):
    """Import exactly what was shown."""
    shown = request.POST.get("fingerprint", "")
    form, plan = _judged(request, lambda text: importing.run(text, shown, by=request.user))
    if plan and plan.fingerprint == shown and plan.changes:
        messages.success(request, f"{plan.changes:,} accounts are imported.")
        return redirect("accounts:users")
    context = {"form": form, "plan": plan, "problem": plan and STALE}
    return render(request, "accounts/new_import.html", context, status=409 if plan else 422)


def _judged(request, act):
    """The form, and the plan that `act` makes of its text; None when it cannot be read."""
    form = ImportForm(request.POST)
    if not form.is_valid():
        return form, None
    try:
        return form, act(form.cleaned_data["text"])
    except importing.Unreadable as why:
        form.add_error("text", str(why))
        return form, None
