"""Fragments of the Cuts page."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.masking import sees_addresses
from accounts.permissions import Perm
from studio import queries
from studio.models import Cut
from studio.orders import TITLES
from ui import csv, filters, lists, panels

COLUMNS = [
    ("created_at", "When"),
    ("owner", "Who", lambda cut: cut.owner.email if cut.owner else "visitor"),
    ("title", "Poem", str),
    ("get_state_display", "State"),
    ("service", "Service", lambda cut: TITLES.get(cut.service, cut.service)),
    ("charged", "Price"),
    ("for_parts", "Paid for its parts"),
    ("cost", "Cost"),
    ("promotional", "Of it promotional"),
    ("margin", "Margin"),
    ("reversed_at", "Charge reversed"),
    ("waited", "Waited (s)", lambda cut: cut.waited and round(cut.waited.total_seconds(), 1)),
    ("render_ms", "Rendered (ms)"),
    ("language", "Language"),
    ("views", "Views"),
    ("downloads", "Downloads"),
    ("slug", "Address"),
    ("error", "Error"),
]


@require_safe
@requires(Perm.CUTS_READ)
def cuts(request):
    """Every cut, newest first."""
    state = filters.choice(request, "state", Cut.State.values)
    only = {
        "kind": filters.choice(request, "kind", queries.KINDS),
        "service": filters.choice(request, "service", TITLES),
        "q": filters.text(request),
    }
    found = queries.cuts(state=state, **only, by_email=sees_addresses(request.user))
    if lists.csv_asked(request):
        return csv.stream(found.order_by("-created_at", "-id"), COLUMNS, csv.name("cuts", state, *only.values()))
    names = {"q": "Search", "kind": ("By", queries.KINDS), "service": ("Service", TITLES)}
    counts = queries.counts(**only, by_email=sees_addresses(request.user))
    context = {
        "page": lists.page(found, request, order=("-created_at", "-id")),
        "chips": filters.chips(request, "state", [("", "All"), *Cut.State.choices], counts),
        "applied": filters.applied(request, names),
        "kinds": queries.KINDS,
        "services": TITLES,
        **only,
    }
    return panels.render(request, "studio/panels/cuts.html", context)
