"""Fragments of the Exports page."""

from django.http import QueryDict
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.models import know_roles
from accounts.permissions import Perm
from exports import queries
from exports.kinds import KINDS
from exports.models import Export
from ui import lists, nav, panels


@require_safe
@requires(Perm.EXPORTS_USE)
def exports(request):
    """The newest first; the page asks again while one is under way."""
    page = lists.page(queries.exports(viewer=request.user), request, order=("-id",), size=25)
    _describe(page.rows)
    offered = (kind for kind in queries.kinds(viewer=request.user) if request.user.can(nav.page_of(kind.page)[1]))
    pages = {kind.page: kind for kind in reversed(list(offered))}  # of two lists on one the first
    context = {"page": page, "kinds": sorted(pages.values(), key=lambda kind: kind.title)}
    response = panels.render(request, "exports/panels/exports.html", context)
    waiting = any(export.under_way for export in page.rows)
    return response if waiting or not request.htmx else panels.finished(response)


def _describe(exports: list[Export]) -> None:
    """Give each its list and the words of its filter; all of one list are told at once."""
    know_roles([export.by for export in exports])
    for key in {export.kind for export in exports}:
        found = [export for export in exports if export.kind == key]
        told = KINDS[key].words([(export.by, QueryDict(export.query)) for export in found])
        for export, words in zip(found, told, strict=True):
            export.list, export.words = KINDS[key], words
