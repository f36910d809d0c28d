"""Fragments of the Users pages."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.models import User
from accounts.permissions import Perm


@require_safe
@requires(Perm.USERS_READ)
def users(request):
    """Who has an account, filtered and sorted as the address says."""
    return render(request, "accounts/panels/users.html", {})


@require_safe
@requires(Perm.USERS_READ_CREDIT)
def user_credit(request, pk):
    """What one member has to spend."""
    return render(request, "accounts/panels/user_credit.html", {"person": get_object_or_404(User, pk=pk)})


@require_safe
@requires(Perm.AUDIT_READ)
def user_events(request, pk):
    """What happened to one account."""
    return render(request, "accounts/panels/user_events.html", {"person": get_object_or_404(User, pk=pk)})
