"""Full pages of this room."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm


@require_safe
@requires(Perm.SECURITY_CONFIGURE)
def security(request):
    """The security settings."""
    return render(request, "tunables/security.html")
