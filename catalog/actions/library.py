"""Upload, change, replace, retire and restore. POST only."""

from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import members, requires
from accounts.permissions import Perm
from catalog import assets, uploading
from catalog.forms import AboutForm, AssetForm, CuratedForm
from catalog.models import Asset
from files import formats
from files.uploads import takes_files
from ui import actions
from ui.fields import errors

LIBRARY, MINE = "/admin/library/", "/me/assets/"
CHANGED = "catalog-changed"


@takes_files
@require_POST
@requires(Perm.LIBRARY_MANAGE)
def upload_assets(request):
    """Add files to the house's library: all of a form, or, with JavaScript, one a request."""
    form = CuratedForm(request.POST)
    return _upload(request, form, {"owner": None}, {"source": "source_note"}, LIBRARY, uploading.HOUSE)


@takes_files
@require_POST
@members
def upload_my_assets(request):
    """Add files to one's own storage."""
    return _upload(request, AboutForm(request.POST), {"owner": request.user}, {}, MINE, uploading.OWN)


def _upload(request, form, fixed, renamed, back, words):
    if form.is_valid():
        about = {renamed.get(name, name): value for name, value in form.cleaned_data.items()}
        outcomes = uploading.receive(request, partial(assets.add, by=request.user, **fixed, **about))
    else:
        sentence = " ".join(f"{label}: {words}" for _, label, words in errors(form))
        outcomes = uploading.receive(request, partial(_refuse, sentence))
    failed = [outcome for outcome in outcomes if not outcome.asset]
    context = {"outcomes": outcomes, "failed": failed, "form": form, "back": back, **words}
    if request.htmx:
        status = 422 if failed else 200
        return uploading.answer(render(request, "catalog/_outcomes.html", context, status=status), outcomes)
    if failed:
        context["action"] = request.path
        page = actions.invalid(request, "catalog/_upload_form.html", context, title="Some files were not added")
        return uploading.answer(page, outcomes)
    messages.success(request, _added(len(outcomes)))
    return redirect(back)


def _refuse(sentence, file, name):
    raise assets.Refused(sentence)


def _added(count: int) -> str:
    return "One file added." if count == 1 else f"{count} files added."


@require_POST
@requires(Perm.LIBRARY_MANAGE)
def change_asset(request, code):
    """Change what is known about an asset of the house."""
    asset = get_object_or_404(Asset.objects.select_related("category"), code=code, owner=None)
    form = AssetForm(request.POST, asset=asset)
    if form.is_valid():
        try:
            assets.change(asset, by=request.user, **form.cleaned_data)
            return actions.done(request, CHANGED, toast="Saved.", redirect=reverse("catalog:asset", args=[code]))
        except assets.Refused as sentence:
            form.add_error("curated", str(sentence))
    context = {"asset": asset, "form": form}
    return actions.invalid(request, "catalog/_asset_form.html", context, title=asset.title)


@takes_files
@require_POST
@requires(Perm.LIBRARY_MANAGE)
def replace_asset(request, code):
    """Put another file in its place; the old one is retired."""
    asset = get_object_or_404(Asset, code=code, owner=None)
    (outcome, *_) = uploading.receive(request, partial(assets.replace, asset, by=request.user))
    if outcome.error:
        context = {"asset": asset, "outcome": outcome, "accept": formats.ACCEPT}
        return actions.invalid(request, "catalog/_replace_form.html", context, title=f"Replace {asset.title}")
    there, toast = reverse("catalog:asset", args=[outcome.asset.code]), f"Replaced. {asset.code} is retired."
    return actions.onward(request, there, toast=toast, undo_url=_restore_url(asset))


@require_POST
@requires(Perm.LIBRARY_MANAGE)
def retire_asset(request, code):
    """Take an asset out of every choice."""
    asset = get_object_or_404(Asset, code=code, owner=None)
    if not assets.retire(asset, by=request.user):
        return actions.done(request, CHANGED, toast="Somebody has done this already.", redirect=LIBRARY)
    toast = f"{asset.title} is retired. Cuts keep it."
    return actions.done(request, CHANGED, toast=toast, undo_url=_restore_url(asset), redirect=LIBRARY)


@require_POST
@requires(Perm.LIBRARY_MANAGE)
def restore_asset(request, code):
    """Bring a retired asset back."""
    return _restore(request, get_object_or_404(Asset, code=code, owner=None), LIBRARY)


@require_POST
@members
def delete_my_asset(request, code):
    """Delete one's own upload; for some days it can be brought back."""
    asset = get_object_or_404(Asset, code=code, owner=request.user)
    assets.retire(asset, by=request.user)
    undo = reverse("catalog:restore_my_asset", args=[code])
    return actions.done(request, CHANGED, toast=f"{asset.title} is deleted.", undo_url=undo, redirect=MINE)


@require_POST
@members
def restore_my_asset(request, code):
    """Bring one's own upload back."""
    return _restore(request, get_object_or_404(Asset, code=code, owner=request.user), MINE)


def _restore(request, asset, back):
    try:
        assets.restore(asset, by=request.user)
        toast = f"{asset.title} is back."
    except assets.Refused as sentence:
        toast = str(sentence)
    return actions.done(request, CHANGED, toast=toast, redirect=back)


def _restore_url(asset) -> str:
    return reverse("catalog:restore_asset", args=[asset.code])
