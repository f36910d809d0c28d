"""Fragments: the list, and the banner of the overview."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from alerts import queries
from ui import csv, filters, lists, panels

COLUMNS = [
    ("title", "Alert"),
    ("get_severity_display", "Severity"),
    ("detail", "Detail"),
    ("count", "Seen"),
    ("first_seen", "First seen"),
    ("last_seen", "Last seen"),
    ("acknowledged_at", "Acknowledged"),
    ("by", "Acknowledged by", lambda alert: "" if alert.is_open else alert.acknowledged_by or "the system"),
]


@require_safe
@requires(Perm.ALERTS_READ)
def alerts(request):
    """Open or acknowledged alerts, latest first."""
    closed = filters.choice(request, "state", ["acknowledged"]) != ""
    found = queries.acknowledged() if closed else queries.open_alerts()
    if lists.csv_asked(request):
        return csv.stream(found, COLUMNS, csv.name("alerts", "acknowledged" if closed else "open"))
    order = ("-last_seen", "-id") if closed else ("severity", "-last_seen", "-id")
    states = [("", "Open"), ("acknowledged", "Acknowledged")]
    context = {
        "page": lists.page(found, request, order=order),
        "closed": closed,
        "chips": filters.chips(request, "state", states, queries.counts()),
    }
    return panels.render(request, "alerts/panels/alerts.html", context)


@require_safe
@requires(Perm.ALERTS_READ)
def banner(request):
    """The first open alerts, or nothing at all."""
    shown = list(queries.open_alerts()[:4])
    context = {"alerts": shown[:3], "more": len(shown) > 3}
    return panels.render(request, "alerts/panels/banner.html", context, title="What needs a person")
