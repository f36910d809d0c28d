"""Fragments of the audit log's page."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from audit import queries
from audit.models import plain
from ui import csv, filters, lists, panels

FILTERS = {"actor": "Actor", "verb": "Verb", "target": "Target"}
COLUMNS = [
    ("id", "Id"),
    ("at", "Time"),
    ("actor", "Actor", lambda event: event.actor or "System"),
    ("email", "Actor e-mail", lambda event: event.actor.email if event.actor else ""),
    ("on_behalf_of", "On behalf of", lambda event: event.on_behalf_of or ""),
    ("verb", "Verb"),
    ("target", "Target"),
    ("before", "Before", lambda event: _in_words(event.before)),
    ("after", "After", lambda event: _in_words(event.after)),
    ("note", "Note"),
    ("client", "Network"),
    ("request_id", "Request"),
    ("position", "Row"),
    ("hash", "Hash"),
]


def _in_words(values: dict | None) -> str:
    return ", ".join(f"{name}: {'–' if value is None else plain(value)}" for name, value in (values or {}).items())


@require_safe
@requires(Perm.AUDIT_READ)
def events(request):
    """Who did what to what, newest first."""
    asked = {name: filters.text(request, name) for name in FILTERS}
    found = queries.events(**asked)
    if lists.csv_asked(request):
        return csv.stream(found.order_by("-id"), COLUMNS, csv.name("audit-log", *asked.values()))
    context = {
        "page": lists.page(found, request, order=("-id",)),
        "applied": filters.applied(request, FILTERS),
        "asked": asked,
    }
    return panels.render(request, "audit/panels/events.html", context, title="Audit log")


@require_safe
@requires(Perm.AUDIT_READ)
def integrity(request):
    """How far the chain has been verified, and when."""
    position, head = queries.head()
    context = {"check": queries.last_check(), "position": position, "head": head}
    return panels.render(request, "audit/panels/integrity.html", context)
