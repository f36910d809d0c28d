"""Make codes, disable and enable them."""

from urllib.parse import urlencode

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
    undo, page = "", reverse("invites:code", args=[pk])
    if codes.disable(invite, by=request.user):
        invite.refresh_from_db()
        undo = f"{reverse('invites:enable_code', args=[pk])}?{urlencode({'of': invite.disabled_at.isoformat()})}"
    return actions.done(request, CHANGED, toast=f"{invite} lets nobody in any more.", undo_url=undo, redirect=page)


@require_POST
@requires(Perm.INVITES_MANAGE)
@confirmed("to enable an invite code")
def enable_code(request, pk):
    """Let people in by a code again. An Undo (`?of`) takes back that one act, and nothing that came later."""
    invite, of = get_object_or_404(Invite, pk=pk), request.GET.get("of", "")
    done, page = codes.enable(invite, by=request.user, of=of), reverse("invites:code", args=[pk])
    later = of and not done
    toast = f"{invite} was changed again since. Look at it, then decide." if later else f"{invite} is enabled again."
    return actions.done(request, CHANGED, toast=toast, redirect=page)
