"""What staff do about the books and what usage is measured by. POST only."""

from django.db import transaction
from django.views.decorators.http import require_POST

from accounting import queries
from accounting.asking import month_of
from accounting.forms import BaselineForm, CloseForm
from accounting.pages import closing_context
from accounting.usage import baselines
from accounts.access import confirmed, requires
from accounts.permissions import Perm
from audit.models import record
from jobs.models import Job
from studio.orders import TITLES
from ui import actions

PAGE = "/admin/accounting/"


@require_POST
@requires(Perm.ACCOUNTING_CLOSE)
def refresh_figures(request):
    """Look now for what the ledger got since the last look, which comes every minute by itself."""
    with transaction.atomic():
        if not queries.look_under_way():
            Job.enqueue(queries.LOOK, {})
            record(request.user, "accounting.refreshed", "accounting")
    return actions.done(request, "accounting-changed", toast="The figures are brought up to date.", redirect=PAGE)


@require_POST
@requires(Perm.ACCOUNTING_CLOSE)
@confirmed("to close a month", page="accounting:new_close")
def close_month(request, month):
    """Write the month down as it is; it is never changed."""
    form = CloseForm(month_of(month), request.POST)
    if not form.is_valid() or not form.close(by=request.user):
        context = closing_context(form)
        return actions.invalid(request, "accounting/_close_form.html", context, page="accounting/new_close.html")
    toast = f"{form.month:%B %Y} is closed. What comes later stands beside it."
    return actions.done(request, "accounting-changed", toast=toast, redirect=PAGE)


@require_POST
@requires(Perm.USAGE_MANAGE)
def add_baseline(request):
    """Other minutes by hand, from now on; what was saved before stays."""
    form = BaselineForm(request.POST)
    if not form.is_valid():
        return actions.invalid(request, "accounting/usage/_baseline_form.html", {"form": form})
    made = baselines.add(by=request.user, **form.cleaned_data)
    toast = f"{TITLES[made.service]}: {made.low} to {made.high} min from now on."
    return actions.done(request, "accounting-changed", toast=toast, redirect="/admin/usage/")
