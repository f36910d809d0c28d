"""Categories, frame designs and styles."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import Perm
from catalog import choices
from catalog.actions.public import CHANGED, placed
from catalog.choices import KINDS, Refused
from catalog.forms import ChoiceForm
from ui import actions

ADD = "catalog/_add_choice.html"


@require_POST
@requires(Perm.CATALOG_MANAGE)
def add_choice(request, kind):
    """Offer one more. One with a drawing opens, so that its options can be set."""
    found = _kind(kind)
    form = ChoiceForm(found, request.POST)
    if form.is_valid():
        try:
            row = choices.add(found, **form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error("title", str(refusal))
        else:
            there = "catalog:choice" if found.drawn else "catalog:choices"
            back = reverse(there, args=[kind, row.pk] if found.drawn else [kind])
            return actions.done(request, CHANGED, toast=f"“{row}” is offered now.", redirect=back)
    return actions.invalid(request, ADD, {"kind": found, "form": form}, title=f"New {found.noun}")


@require_POST
@requires(Perm.CATALOG_MANAGE)
def change_choice(request, kind, pk):
    """Another title or other options, for cuts from now on."""
    found, row = _row(kind, pk)
    form = ChoiceForm(found, request.POST, row=row)
    if form.is_valid():
        try:
            row = choices.change(found, pk, **form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error("title", str(refusal))
        else:
            return actions.done(
                request, toast=f"“{row}” is saved.", redirect=reverse("catalog:choice", args=[kind, pk])
            )
    context = {"kind": found, "row": row, "form": form, "tab": kind}
    return render(request, "catalog/choice.html", context, status=422)


@require_POST
@requires(Perm.CATALOG_MANAGE)
def place_choice(request, kind, pk):
    """Put one at a place among those that are offered."""
    found, row = _row(kind, pk)
    toast = placed(request, row, found.offered)
    return actions.done(request, CHANGED, toast=toast, redirect=reverse("catalog:choices", args=[kind]))


@require_POST
@requires(Perm.CATALOG_MANAGE)
def retire_choice(request, kind, pk):
    """Offer it no more; Undo brings it back."""
    found, row = _row(kind, pk)
    try:
        choices.retire(found, pk, by=request.user)
    except Refused as refusal:
        return actions.done(request, toast=str(refusal), redirect=reverse("catalog:choices", args=[kind]))
    undo = reverse("catalog:restore_choice", args=[kind, pk])
    back = reverse("catalog:choices", args=[kind])
    return actions.done(request, CHANGED, toast=f"“{row}” is retired.", undo_url=undo, redirect=back)


@require_POST
@requires(Perm.CATALOG_MANAGE)
def restore_choice(request, kind, pk):
    """Offer it again."""
    found, row = _row(kind, pk)
    try:
        choices.bring_back(found, pk, by=request.user)
        toast = f"“{row}” is offered again."
    except Refused as refusal:
        toast = str(refusal)
    return actions.done(request, CHANGED, toast=toast, redirect=reverse("catalog:choices", args=[kind]))


def _kind(key):
    if key not in KINDS:
        raise Http404
    return KINDS[key]


def _row(key, pk):
    found = _kind(key)
    return found, get_object_or_404(found.model, pk=pk)
