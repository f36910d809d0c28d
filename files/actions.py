"""Compare files and rows now, and remove what nothing refers to. POST only."""

from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import Perm
from files import sweeps
from ui import actions

PAGE = "/admin/files/"


@require_POST
@requires(Perm.FILES_MANAGE)
def start_sweep(request):
    """Compare now, in the background."""
    return _ask(request, repair=False, toast="Files and rows are compared. The result appears here.")


@require_POST
@requires(Perm.FILES_MANAGE)
def repair_storage(request):
    """Compare once more, and remove what nothing refers to and is older than the time of grace."""
    return _ask(request, repair=True, toast="What nothing refers to is removed. The result appears here.")


def _ask(request, *, repair, toast):
    if sweeps.ask(repair=repair, by=request.user) is None:
        toast = "A comparison is under way already."
    return actions.done(request, "files-changed", toast=toast, redirect=PAGE)
