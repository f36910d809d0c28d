"""Fragments of this room. The table of the top-up configuration is shown by the room billing."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from tunables import catalog, editing
from ui import panels


@require_safe
@requires(Perm.SECURITY_CONFIGURE)
def security_settings(request):
    """Setting, value, default, range and description, edited in place."""
    rows = editing.rows(catalog.SECURITY, "tunables")
    return panels.render(request, "tunables/panels/security_settings.html", {"rows": rows}, title="Security settings")
