"""Full pages of this room."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm


@require_safe
@requires(Perm.ALERTS_READ)
def index(request):
    """What needs a person."""
    return render(request, "alerts/index.html")
