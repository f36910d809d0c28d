"""The house's poems."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import Perm
from catalog import house_poems
from catalog.forms import PoemForm
from catalog.models import Poem
from ui import actions

CHANGED = "catalog-changed"


@require_POST
@requires(Perm.CATALOG_MANAGE)
def add_poem(request):
    """A new poem of the house; with the box ticked, visitors see it at once."""
    form = PoemForm(request.POST)
    if form.is_valid():
        try:
            shown = request.POST.get("shown") == "on"
            poem = house_poems.add(**form.cleaned_data, shown=shown, by=request.user)
        except house_poems.Twin as twin:
            form.add_error("text", str(twin))
        else:
            return actions.done(request, toast=f"“{poem}” is here.", redirect=reverse("catalog:poems"))
    return render(request, "catalog/poem.html", {"form": form, "tab": "poems"}, status=422)


@require_POST
@requires(Perm.CATALOG_MANAGE)
def change_poem(request, pk):
    """Correct a poem; cuts keep the text they were made of."""
    poem = get_object_or_404(Poem, pk=pk, owner=None)
    form = PoemForm(request.POST, poem=poem)
    if not form.is_valid():
        context = {"poem": poem, "form": form, "tab": "poems"}
        return render(request, "catalog/poem.html", context, status=422)
    changed = house_poems.change(poem.pk, **form.cleaned_data, by=request.user)
    toast = f"“{form.cleaned_data['title']}” is saved." if changed else "Nothing was changed."
    return actions.done(request, toast=toast, redirect=reverse("catalog:poem", args=[pk]))


@require_POST
@requires(Perm.CATALOG_MANAGE)
def retire_poem(request, pk):
    """Take a poem out of every choice."""
    poem = get_object_or_404(Poem, pk=pk, owner=None)
    poem.retire(by=request.user)
    undo = reverse("catalog:restore_poem", args=[pk])
    back = reverse("catalog:poems")
    return actions.done(request, CHANGED, toast=f"“{poem}” is retired.", undo_url=undo, redirect=back)


@require_POST
@requires(Perm.CATALOG_MANAGE)
def restore_poem(request, pk):
    """Undo that."""
    poem = get_object_or_404(Poem, pk=pk, owner=None)
    poem.bring_back(by=request.user)
    return actions.done(request, CHANGED, toast=f"“{poem}” is back.", redirect=reverse("catalog:poems"))
