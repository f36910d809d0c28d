"""Ask for a file, and take one away."""

from django.http import QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from accounts.access import confirmed, requires
from accounts.permissions import Perm
from exports import queries
from exports.forms import ExportForm
from exports.models import Export, TooMany
from exports.pages import export_context, kind_for
from ui import actions


@require_POST
@requires(Perm.EXPORTS_USE)
@confirmed("to export a list", page="exports:new_export")
def start_export(request, kind):
    """Queue the writing of one file."""
    found = kind_for(request, kind)
    form = ExportForm(found.columns(request.user), request.POST)
    query = QueryDict(request.POST.get("query", "")[:2000])
    if form.is_valid():
        try:
            Export.ask(kind=kind, by=request.user, **form.cleaned_data)
        except TooMany as error:
            form.add_error(None, str(error))
        else:
            said = "The file is being written."
            return actions.done(request, "exports-changed", toast=said, redirect="/admin/exports/")
    return render(request, "exports/new_export.html", export_context(request, found, form, query), status=422)


@require_POST
@requires(Perm.EXPORTS_USE)
@confirmed("to delete an export")
def delete_export(request, pk):
    """Take a file of one's own away before its time."""
    export = get_object_or_404(queries.exports(viewer=request.user), pk=pk, by=request.user)
    toast = "The file is deleted." if export.discard(by=request.user) else "The file was gone already."
    return actions.done(request, "exports-changed", toast=toast, redirect="/admin/exports/")
