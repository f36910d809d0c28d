"""What staff do to the pages of text. POST only."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import Perm
from studio.documents import writing
from studio.documents.forms import DocumentForm
from studio.models import Document
from ui import actions

FORM = "documents/_form.html"


@require_POST
@requires(Perm.DOCUMENTS_MANAGE)
def save_document(request, slug):
    """Save; the form comes back: saved, or with its errors (422), or beside what somebody else wrote (409)."""
    document = get_object_or_404(Document, pk=slug)
    form = DocumentForm(request.POST)
    if not form.is_valid():
        return actions.invalid(request, FORM, _shown(document, form), title=document.title)
    try:
        changed = writing.save(slug, **form.cleaned_data, by=request.user)
    except writing.Conflict as conflict:
        return _conflict(request, form, conflict.document)
    toast = f"{form.cleaned_data['title']} is saved. It shows on the next page load." if changed else "Nothing changed."
    answer = actions.done(request, toast=toast, redirect=reverse("documents:document", args=[slug]))
    if not request.htmx:
        return answer
    document.refresh_from_db()
    initial = {"title": document.title, "text": document.text, "version": document.version}
    page = render(request, FORM, _shown(document, DocumentForm(initial=initial)))
    page.headers["HX-Trigger"] = answer.headers["HX-Trigger"]
    return page


@require_POST
@requires(Perm.DOCUMENTS_MANAGE)
def preview_document(request, slug):
    """What the text would look like; nothing is saved."""
    get_object_or_404(Document, pk=slug)
    form = DocumentForm(request.POST)
    form.is_valid()
    typed = request.POST.get("text", "")[: writing.LONGEST]
    context = {"title": request.POST.get("title", "")[:120], "blocks": writing.blocks(typed)}
    return render(request, "documents/_preview.html", {**context, "wrong": form.errors.get("text")})


def _conflict(request, form, document):
    data = request.POST.copy()
    data["version"] = str(document.version)
    form = DocumentForm(data)
    form.is_valid()
    by = document.changed_by or "the system"
    form.add_error("text", f"Meanwhile {by} saved another text, which stands below. Save again to have yours.")
    response = actions.invalid(request, FORM, _shown(document, form, theirs=document.text), title=document.title)
    response.status_code = 409
    return response


def _shown(document, form, **more) -> dict:
    typed = form["text"].value() or ""
    context = {"document": document, "form": form, "refused": form.is_bound, "title": form["title"].value()}
    return {**context, "blocks": writing.blocks(typed), **more}
