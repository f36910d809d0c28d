"""Fragments of the page Storage."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from files import queries
from ui import panels


@require_safe
@requires(Perm.FILES_READ)
def storage(request):
    """How much is stored, and how much room is left."""
    return panels.render(request, "files/panels/storage.html", {"found": queries.storage()})


@require_safe
@requires(Perm.FILES_READ)
def orphans(request):
    """Whether files and rows agree; while a sweep runs, the fragment asks again every two seconds."""
    found = queries.orphans()
    context = {"found": found, "last": found.last}
    response = panels.render(request, "files/panels/orphans.html", context, title="Files and rows")
    if request.htmx.trigger == "sweep-progress" and not found.job:
        response.headers["HX-Trigger"] = "files-changed"  # the sweep has ended: the figures, too
    return response
