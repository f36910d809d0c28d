"""Check again. POST only, and for who may reconcile: it is heavy work, and may freeze what does not add up."""

from django.http import Http404
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import Perm
from selfcheck import runs
from selfcheck.checks import CHECKS
from selfcheck.models import Why
from ui import actions

PAGE = "/admin/selfcheck/"


@require_POST
@requires(Perm.BILLING_RECONCILE)
def run_checks(request):
    """Recompute everything now, in the background."""
    return _ask(
        request, [check.name for check in CHECKS], "Everything is checked again.", link=("See the results", PAGE)
    )


@require_POST
@requires(Perm.BILLING_RECONCILE)
def run_check(request, name):
    """Recompute one check now, in the background."""
    title = next((check.title for check in CHECKS if check.name == name), None)
    if title is None:
        raise Http404
    return _ask(request, [name], f"{title}: checked again. The result appears here.")


def _ask(request, names, toast, link=None):
    if runs.ask(names, why=Why.ASKED, by=request.user) is None:
        toast = "That is being checked already."
    return actions.done(request, "selfcheck-changed", toast=toast, link=link, redirect=PAGE)
