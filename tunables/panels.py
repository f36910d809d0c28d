"""Fragments of this room. The table of the top-up configuration is shown by the room billing."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from tunables import catalog, editing, queries
from ui import filters, lists, panels


@require_safe
@requires(Perm.SECURITY_CONFIGURE)
def security_settings(request):
    """Setting, value, default, range and description, edited in place."""
    rows = editing.waiting(request, catalog.SECURITY, "tunables")
    return panels.render(request, "tunables/panels/security_settings.html", {"rows": rows}, title="Security settings")


@require_safe
@requires(Perm.SECURITY_CONFIGURE)
def history(request):
    """Every change of a security setting, each with the way back to the value before it."""
    asked = {"key": filters.text(request, "key")}
    page = lists.page(queries.history(**asked), request, order=("-id",), size=10)
    context = {
        "page": page,
        "rows": queries.ways_back(page.rows),
        "applied": filters.applied(request, {"key": "Setting"}),
    }
    return panels.render(request, "tunables/panels/history.html", context)
