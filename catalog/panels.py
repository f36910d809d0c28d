"""The panels of the catalog. GET, one fragment each."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from catalog import queries
from catalog.choices import KINDS
from catalog.models import Asset, Mood
from catalog.queries.poems import STATES
from ui import csv, filters, lists, panels


def _may(request) -> bool:
    return request.user.can(Perm.CATALOG_MANAGE)


@require_safe
@requires(Perm.CATALOG_READ)
def catalog_status(request):
    return panels.render(request, "catalog/panels/catalog_status.html", {"status": queries.catalog_status()})


@require_safe
@requires(Perm.CATALOG_READ)
def listed_poems(request):
    context = {"items": queries.listed_poems(), "may": _may(request)}
    return panels.render(request, "catalog/panels/listed_poems.html", context, title="Poems in the catalog")


@require_safe
@requires(Perm.CATALOG_READ)
def listed_images(request):
    context = {"items": queries.listed_images(), "may": _may(request)}
    return panels.render(request, "catalog/panels/listed_images.html", context, title="Images in the catalog")


@require_safe
@requires(Perm.CATALOG_READ)
def poems(request):
    """The poems of the house, newest first."""
    slugs = {category.slug: category.title for category in queries.categories()}
    wanted = {
        "q": filters.text(request),
        "state": filters.choice(request, "state", STATES),
        "category": filters.choice(request, "category", slugs),
    }
    context = {
        "page": lists.page(queries.poems(**wanted), request, order=("-id",), size=20, sorts={"title": "title"}),
        "chips": filters.chips(request, "state", [("", "All"), *STATES.items()]),
        "applied": filters.applied(request, {"q": "Search", "category": "Category"}),
        "filtered": any(wanted.values()),
        "categories": slugs,
        "category": wanted["category"],
        "may": _may(request),
    }
    return panels.render(request, "catalog/panels/poems.html", context)


@require_safe
@requires(Perm.CATALOG_READ)
def choices(request, kind):
    """All rows of a kind: the offered ones in their order, then the retired."""
    if kind not in KINDS:
        raise Http404
    found = KINDS[kind]
    rows = list(queries.choices(kind=found))
    offered = [row for row in rows if row.retired_at is None]
    context = {"kind": found, "offered": offered, "retired": rows[len(offered) :], "may": _may(request)}
    return panels.render(request, "catalog/panels/choices.html", context, title=found.title)


POOL = [("yes", "In the public pool"), ("no", "Not in the pool")]
RETIRED = [("retired", "Retired")]
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
        "retired": filters.choice(request, "state", dict(RETIRED)) == "retired",
    }
    kind = filters.choice(request, "kind", Asset.Kind.values)
    found = queries.library(kind=kind, **wanted)
    if lists.count_asked(request):
        return lists.count_response(found)
    if lists.csv_asked(request):
        return csv.stream(found.order_by(*queries.LATEST), COLUMNS, csv.name("library", kind, *wanted.values()))
    labels = {"q": "Search", "tag": "Tag", "mood": ("Mood", dict(Mood.choices)), "category": ("Category", categories)}
    labels |= {"curated": ("Pool", dict(POOL)), "state": ("State", dict(RETIRED)), "kind": ("Kind", _kinds())}
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
