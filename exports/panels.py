"""Fragments of the Exports page."""

from django.http import QueryDict
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from exports import queries
from exports.kinds import KINDS
from ui import lists, panels


@require_safe
@requires(Perm.EXPORTS_USE)
def exports(request):
    """The newest first; the page asks again while one is under way."""
    page = lists.page(queries.exports(viewer=request.user), request, order=("-id",), size=25)
    for export in page.rows:
        export.list = KINDS.get(export.kind)
        export.words = export.list.words(export.by, QueryDict(export.query)) if export.list else []
    response = panels.render(request, "exports/panels/exports.html", {"page": page})
    waiting = any(export.under_way for export in page.rows)
    return response if waiting or not request.htmx else panels.finished(response)
