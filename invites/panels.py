"""Fragments of this room."""

from decimal import Decimal

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.masking import sees_addresses
from accounts.permissions import Perm
from invites import queries
from invites.models import Invite
from tunables import values
from ui import clock, csv, filters, lists
from ui.panels import render

LATEST = ("-created_at", "-id")
COLUMNS = [
    ("code", "Code"),
    ("link", "Link"),
    ("label", "Label"),
    ("used", "Used"),
    ("limit", "Limit"),
    ("state_title", "Status"),
    ("lock", "Meant for"),
    ("grant", "Gives", lambda invite: _gives(invite)),
    ("last_day", "Expires", lambda invite: invite.last_day and invite.last_day.astimezone(clock.zone()).date()),
    ("created_at", "Created"),
    ("created_by", "By"),
]
CAME = [
    ("user.pk", "Id"),
    ("user.name", "Name"),
    ("user.email", "E-mail"),
    ("given", "Granted credit"),
    ("to_come", "Once confirmed"),
    ("redeemed_at", "When"),
]


def _gives(invite):
    """To the cent at least, as what is kept is."""
    return values.get("invite_grant_usd") + Decimal("0.00") if invite.grant is None else invite.grant


@require_safe
@requires(Perm.INVITES_READ)
def codes(request):
    """Every code, the newest first."""
    wanted = {"q": filters.text(request), "state": filters.choice(request, "state", Invite.State.values)}
    by_email = sees_addresses(request.user)
    rows = queries.codes(**wanted, by_email=by_email)
    if lists.csv_asked(request):
        return csv.stream(rows.order_by(*LATEST), COLUMNS, csv.name("invite-codes", *wanted.values()))
    context = {
        "page": lists.page(rows, request, order=LATEST),
        "chips": filters.chips(request, "state", [("", "All"), *Invite.State.choices]),
        "applied": filters.applied(request, {"q": "Search"}),
        "filtered": any(wanted.values()),
        "by_email": by_email,
    }
    return render(request, "invites/panels/codes.html", context, title="Codes")


@require_safe
@requires(Perm.INVITES_READ)
def redemptions(request, pk):
    """Who came in by one code."""
    invite = get_object_or_404(Invite, pk=pk)
    rows = queries.redemptions(invite=invite, q=filters.text(request), by_email=sees_addresses(request.user))
    if lists.csv_asked(request):
        return csv.stream(rows.order_by("-id"), CAME, csv.name("invite-code", invite.code))
    context = {"invite": invite, "page": lists.page(rows, request, order=("-id",), size=20)}
    context["applied"] = filters.applied(request, {"q": "Search"})
    return render(request, "invites/panels/redemptions.html", context, title="Who came in by it")
