"""Full pages of this room."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm


@require_safe
@requires(Perm.AUDIT_READ)
def index(request):
    """The audit log."""
    return render(request, "audit/index.html")
