"""The page that belongs to no room: the overview, which shows one panel of several."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from ui.periods import PeriodForm


@require_safe
@requires(Perm.OVERVIEW_READ)
def overview(request):
    """/admin/: what needs a person, and how the money stands."""
    return render(request, "overview.html", {"period": PeriodForm.of(request)})
