"""Full pages of this room."""

from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.access import confirmed, deny, requires, typed_before
from accounts.permissions import Perm
from exports.forms import ExportForm
from exports.kinds import KINDS, Kind
from exports.models import Export
from files import links
from ui import lists


@require_safe
@requires(Perm.EXPORTS_USE)
def index(request):
    """/admin/exports/: every file that was asked for."""
    return render(request, "exports/index.html")


@require_safe
@requires(Perm.EXPORTS_USE)
@confirmed("to export a list")
def new_export(request, kind):
    """/admin/exports/new/<kind>/?<filter of the list>: how many rows there are, the columns, the format."""
    found = kind_for(request, kind)
    typed = typed_before(request, many=["columns"])
    query = request.GET
    if "query" in typed:
        query = QueryDict(typed["query"])
        if request.GET and dict(request.GET.lists()) != dict(query.lists()):  # one that was left: this is another list
            typed, query = {}, request.GET
    initial = {"query": query.urlencode(), "columns": found.chosen(query)} | typed
    form = ExportForm(found.columns(request.user), initial=initial)
    return render(request, "exports/new_export.html", export_context(request, found, form, query))


def export_context(request, kind: Kind, form: ExportForm, query) -> dict:
    """What new_export.html needs; the action that refuses shows the same page with the form's errors."""
    count = lists.bounded_count(kind.rows(request.user, query))
    return {
        "kind": kind,
        "form": form,
        "count": count,
        "words": kind.words([(request.user, query)])[0],
        "query": query.urlencode(),
    }


def kind_for(request, key: str) -> Kind:
    """The list of that name, if this person may export it."""
    if key not in KINDS:
        raise Http404
    if not request.user.can(KINDS[key].perm):
        deny(request, KINDS[key].perm, "Your role may export lists, but not this one.")
    return KINDS[key]


@require_GET
@requires(Perm.EXPORTS_USE)
@confirmed("to take a list away as a file", file=True)
def download_export(request, pk):
    """Lead whoever asked for the file to it, by a link that expires. Nobody else gets one, and each is recorded."""
    export = get_object_or_404(Export, pk=pk, by=request.user, file__isnull=False, expires_at__gt=timezone.now())
    if lost := sorted(set(export.perms) - request.user.perms):
        deny(request, lost[0], "Your role has changed since this file was written. Export the list again.")
    export.fetched(request.user)
    return redirect(links.url(export.file, filename=export.filename, download=True, seconds=links.AT_ONCE))
