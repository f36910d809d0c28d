"""Look at a table of accounts, and import what was looked at."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import confirmed, requires
from accounts.importing import Accounts
from accounts.list_forms import ImportForm
from accounts.permissions import Perm
from files.importing import STALE
from files.tables import takes_tables

PAGE = "accounts/new_import.html"


@takes_tables
@require_POST
@requires(Perm.USERS_IMPORT)
@requires(Perm.USERS_READ_CONTACT)
def check_import(request):
    """A dry run: what each line would do, errors first."""
    form = ImportForm.of(request)
    plan = form.judged(Accounts(request.user).check)
    return render(request, PAGE, {"form": form, "plan": plan}, status=200 if plan else 422)


@require_POST
@requires(Perm.USERS_IMPORT)
@requires(Perm.USERS_READ_CONTACT)
@confirmed("to import accounts", page="accounts:new_import")
def run_import(request):
    """Import exactly what was shown."""
    form, shown = ImportForm(request.POST), request.POST.get("fingerprint", "")
    plan = form.judged(lambda text: Accounts(request.user).run(text, shown))
    if plan and plan.holds(shown):
        counts = f"{plan.counts['New']:,} new, {plan.counts['Changed']:,} changed"
        messages.success(request, f"The accounts are imported: {counts}.")
        return redirect("accounts:users")
    context = {"form": form, "plan": plan, "problem": plan and STALE}
    return render(request, PAGE, context, status=409 if plan else 422)
