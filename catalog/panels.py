"""The panels of the catalog. GET, one fragment each."""

from django.http import Http404
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from catalog import queries
from catalog.choices import KINDS
from catalog.queries.poems import STATES
from ui import filters, lists, panels


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
