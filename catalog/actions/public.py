"""What visitors pick from."""

from django.core.exceptions import BadRequest
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.permissions import Perm
from catalog import ordering, public_catalog, starter_poems
from catalog.forms import ImagesForm, PlaceForm
from catalog.models import Asset, Poem, PublicItem
from ui import actions

CHANGED = "catalog-changed"
ADD = "catalog/_add_images.html"


@require_POST
@requires(Perm.CATALOG_MANAGE)
def seed_poems(request):
    """Seed starter poems."""
    done = starter_poems.seed(by=request.user)
    return actions.done(request, CHANGED, toast=str(done), redirect=reverse("catalog:index"))


@require_POST
@requires(Perm.CATALOG_MANAGE)
def add_images(request):
    """Add images by their ids. The form comes back with a report: what was added, and why the others were not."""
    form = ImagesForm(request.POST)
    if not form.is_valid():
        return actions.invalid(request, ADD, {"form": form}, title="Add images")
    report = public_catalog.add_images(form.cleaned_data["ids"], by=request.user)
    left = ", ".join(code for code, _ in report.refused)
    context = {"form": ImagesForm(initial={"ids": left}), "report": report}
    if not request.htmx:
        page = {"base": "backoffice.html", "title": "Add images", "form_template": ADD}
        return render(request, "ui/form_page.html", {**context, **page})
    answer = render(request, ADD, context)
    answer.headers["HX-Trigger"] = CHANGED
    return answer


@require_POST
@requires(Perm.CATALOG_MANAGE)
def list_poem(request, pk):
    """Show a poem of the house to visitors."""
    poem = get_object_or_404(Poem, pk=pk, owner=None, retired_at=None)
    listed = public_catalog.list_poem(poem, by=request.user)
    toast = f"“{poem}” is in the catalog{'' if listed else ' already'}."
    return actions.done(request, CHANGED, toast=toast, redirect=reverse("catalog:poems"))


@require_POST
@requires(Perm.CATALOG_MANAGE)
def place_item(request, pk):
    """Put an item at a place among its like."""
    item = get_object_or_404(PublicItem.objects.select_related("poem", "asset"), pk=pk)
    rows = public_catalog.siblings(item)
    toast = placed(request, item, rows)
    return actions.done(request, CHANGED, toast=toast, redirect=reverse("catalog:index"))


@require_POST
@requires(Perm.CATALOG_MANAGE)
def remove_item(request, pk):
    """Take an item away from visitors; Undo puts it back where it was."""
    try:
        item = public_catalog.remove(pk, by=request.user)
    except PublicItem.DoesNotExist:
        raise Http404 from None
    undo = reverse("catalog:restore_item", args=[item.kind, item.poem_id or item.asset_id, item.position])
    toast, link = f"“{item}” is not in the catalog any more.", None
    if item.asset and item.asset.curated:
        toast += " Visitors are still offered it, because it is in the curated pool."
        link = ("Open it", reverse("catalog:asset", args=[item.asset.code]))
    return actions.done(request, CHANGED, toast=toast, undo_url=undo, link=link, redirect=reverse("catalog:index"))


@require_POST
@requires(Perm.CATALOG_MANAGE)
def restore_item(request, kind, pk, position):
    """Undo a removal."""
    if kind not in ("poem", "asset"):
        raise Http404
    try:
        item = public_catalog.put_back(kind, pk, position, by=request.user)
    except (Poem.DoesNotExist, Asset.DoesNotExist):
        raise Http404 from None
    return actions.done(request, CHANGED, toast=f"“{item}” is back.", redirect=reverse("catalog:index"))


def placed(request, row, rows) -> str:
    """Move a row to the place that the form names; the sentence for the toast."""
    form = PlaceForm(request.POST)
    if not form.is_valid():
        raise BadRequest("no place")
    try:
        ordering.place(rows, row.pk, form.cleaned_data["position"], by=request.user)
    except rows.model.DoesNotExist:
        raise Http404 from None
    order = list(rows.order_by("position", "id").values_list("pk", flat=True))
    return f"“{row}” is number {order.index(row.pk) + 1} of {len(order)}."
