"""Acknowledge an alert, and take that back."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import Perm
from alerts.models import Alert
from ui import actions

BACK = "/admin/alerts/"


@require_POST
@requires(Perm.ALERTS_ACKNOWLEDGE)
def acknowledge_alert(request, pk):
    """Take an alert off the list."""
    alert = get_object_or_404(Alert, pk=pk)
    if not alert.acknowledge(by=request.user):
        return actions.done(request, "alerts-changed", toast="Somebody has done this already.", redirect=BACK)
    undo = reverse("alerts:reopen_alert", args=[pk])
    return actions.done(request, "alerts-changed", toast="Acknowledged.", undo_url=undo, redirect=BACK)


@require_POST
@requires(Perm.ALERTS_ACKNOWLEDGE)
def reopen_alert(request, pk):
    """Put an alert back on the list."""
    get_object_or_404(Alert, pk=pk).reopen(by=request.user)
    return actions.done(request, "alerts-changed", toast="Open again.", redirect=BACK)
