"""Fragments of the catalog's pages."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from audit.models import record
from catalog import queries
from catalog.models import Asset, Mood
from ui import csv, filters, lists, panels

POOL = [("yes", "In the public pool"), ("no", "Not in the pool")]
STATES = [("retired", "Retired")]
COLUMNS = [
    ("code", "Asset ID"),
    ("kind", "Kind"),
    ("title", "Title"),
    ("mood", "Mood"),
    ("category.title", "Category"),
    ("tags", "Tags", lambda row: ", ".join(row.tags)),
    ("curated", "Curated"),
    ("width", "Width"),
    ("height", "Height"),
    ("duration_ms", "Milliseconds"),
    ("file.size", "Bytes"),
    ("licence", "Licence"),
    ("source", "Source"),
    ("origin", "Origin"),
    ("created_at", "Added"),
    ("retired_at", "Retired"),
]


@require_safe
@requires(Perm.LIBRARY_READ)
def library(request):
    """What the house has, as a grid; also as a file, and counted."""
    categories = {one.slug: one.title for one in queries.categories()}
    wanted = {
        "q": filters.text(request),
        "mood": filters.choice(request, "mood", Mood.values),
        "category": filters.choice(request, "category", categories),
        "tag": filters.text(request, "tag", 40),
        "curated": filters.choice(request, "curated", dict(POOL)),
        "retired": filters.choice(request, "state", dict(STATES)) == "retired",
    }
    kind = filters.choice(request, "kind", Asset.Kind.values)
    found = queries.library(kind=kind, **wanted)
    if lists.count_asked(request):
        return lists.count_response(found)
    if lists.csv_asked(request):
        record(request.user, "library.exported", "library", after={"kind": kind, **wanted})
        return csv.stream(found.order_by(*queries.LATEST), COLUMNS, csv.name("library", kind, *wanted.values()))
    labels = {"q": "Search", "tag": "Tag", "mood": ("Mood", dict(Mood.choices)), "category": ("Category", categories)}
    labels |= {"curated": ("Pool", dict(POOL)), "state": ("State", dict(STATES)), "kind": ("Kind", _kinds())}
    context = {
        "page": lists.page(found, request, order=queries.LATEST, size=24, counted=True),
        "chips": filters.chips(request, "kind", [("", "All"), *Asset.Kind.choices], queries.library_counts(**wanted)),
        "applied": filters.applied(request, labels),
        "moods": Mood.choices,
        "categories": categories.items(),
        "pool": POOL,
        **wanted,
    }
    return panels.render(request, "catalog/panels/library.html", context, title="Curated Library")


def _kinds() -> dict[str, str]:
    return dict(Asset.Kind.choices)


@require_safe
@requires(Perm.LIBRARY_READ)
def asset_uses(request, code):
    """Where one asset is used."""
    asset = get_object_or_404(Asset, code=code, owner=None)
    context = {"uses": queries.asset_uses(asset)}
    return panels.render(request, "catalog/panels/asset_uses.html", context, title="Where it is used")
