"""Full pages of this room."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm


@require_safe
@requires(Perm.BILLING_READ)
def index(request):
    """/admin/selfcheck/: whether the money adds up."""
    return render(request, "selfcheck/index.html")
