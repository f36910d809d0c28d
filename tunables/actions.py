"""Changes to the security settings; the password is asked for again when that was long ago."""

from django.views.decorators.http import require_POST

from accounts.access import confirmed, requires
from accounts.permissions import Perm
from tunables import catalog, editing

BACK = "/admin/security/"


@require_POST
@requires(Perm.SECURITY_CONFIGURE)
@confirmed("to change a security setting")
def change_tunable(request, key):
    """Save one security setting."""
    return editing.change(request, catalog.SECURITY, key, room="tunables", back=BACK)


@require_POST
@requires(Perm.SECURITY_CONFIGURE)
@confirmed("to change a security setting")
def reset_tunable(request, key):
    """One security setting back to its default."""
    return editing.reset(request, catalog.SECURITY, key, room="tunables", back=BACK)
