"""Make codes, disable and enable them."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import confirmed, requires
from accounts.permissions import Perm
from invites import codes
from invites.forms import CodesForm
from invites.models import Invite
from ui import actions

CHANGED, BACK = "invites-changed", "/admin/invites/"


@require_POST
@requires(Perm.INVITES_MANAGE)
@confirmed("to make invite codes", page="invites:index")
def create_codes(request):
    """Make one or many."""
    form = CodesForm(request.POST, by=request.user)
    if form.is_valid():
        try:
            made = codes.create(by=request.user, **form.facts)
        except codes.TooMuch as refusal:
            form.add_error("grant", str(refusal))
        else:
            toast = f"{made[0]} is ready." if len(made) == 1 else f"{len(made)} codes are ready."
            return actions.onward(request, BACK, toast=toast)  # whose form carries a key of its own
    return actions.invalid(request, "invites/_codes_form.html", {"form": form}, title="New invite codes")


@require_POST
@requires(Perm.INVITES_MANAGE)
@confirmed("to disable an invite code")
def disable_code(request, pk):
    """Let nobody else in by a code; Undo lets them."""
    invite = get_object_or_404(Invite, pk=pk)
    codes.disable(invite, by=request.user)
    undo, page = reverse("invites:enable_code", args=[pk]), reverse("invites:code", args=[pk])
    return actions.done(request, CHANGED, toast=f"{invite} lets nobody in any more.", undo_url=undo, redirect=page)


@require_POST
@requires(Perm.INVITES_MANAGE)
@confirmed("to enable an invite code")
def enable_code(request, pk):
    """Let people in by a code again."""
    invite = get_object_or_404(Invite, pk=pk)
    codes.enable(invite, by=request.user)
    page = reverse("invites:code", args=[pk])
    return actions.done(request, CHANGED, toast=f"{invite} lets people in again.", redirect=page)
