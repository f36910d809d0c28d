"""The public pages, the list of them in the back office, and the editor of one."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.permissions import Perm
from audit.queries import events_for
from studio.documents.forms import DocumentForm
from studio.documents.writing import blocks
from studio.models import Document


@require_safe
@login_not_required
def terms(request):
    """/terms/"""
    return _page(request, "terms")


@require_safe
@login_not_required
def privacy(request):
    """/privacy/"""
    return _page(request, "privacy")


@require_safe
@requires(Perm.DOCUMENTS_MANAGE)
def index(request):
    """/admin/documents/"""
    documents = Document.objects.select_related("changed_by").order_by("-slug")
    return render(request, "documents/index.html", {"documents": documents})


@require_safe
@requires(Perm.DOCUMENTS_MANAGE)
def document(request, slug):
    """/admin/documents/<slug>/: the text beside what it looks like, and what it said before."""
    found = get_object_or_404(Document.objects.select_related("changed_by"), pk=slug)
    form = DocumentForm(initial={"title": found.title, "text": found.text, "version": found.version})
    context = {"document": found, "form": form, "title": found.title, "blocks": blocks(found.text)}
    history = events_for(found).filter(verb="document.changed")[:20]
    return render(request, "documents/document.html", {**context, "history": history})


def _page(request, slug):
    found = get_object_or_404(Document, pk=slug)
    return render(request, "documents/page.html", {"document": found, "blocks": blocks(found.text)})
