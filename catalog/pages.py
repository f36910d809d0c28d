"""Full pages: the Curated Library, one asset, a member's own uploads."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import members, requires
from accounts.permissions import Perm
from catalog import queries
from catalog.forms import AboutForm, AssetForm, CuratedForm
from catalog.models import Asset
from files import formats, uploads
from ui import filters, lists

UPLOAD = {"accept": formats.ACCEPT, "taken": formats.TAKEN}


@require_safe
@requires(Perm.LIBRARY_READ)
def library(request):
    """/admin/library/: upload, and everything that the house has."""
    return render(request, "catalog/library.html", {"form": CuratedForm(), "limits": uploads.limits(), **UPLOAD})


@require_safe
@requires(Perm.LIBRARY_READ)
def asset(request, code):
    """One asset of the house, where it is used, and what may be done with it."""
    found = Asset.objects.select_related("file", "preview", "category", "uploaded_by", "replaced_by")
    shown = get_object_or_404(found, code=code, owner=None)
    context = {"asset": shown, "form": AssetForm(asset=shown), "twins": shown.replaces.all(), **UPLOAD}
    return render(request, "catalog/asset.html", context)


@require_safe
@members
def my_assets(request):
    """/me/assets/: a member's own uploads and what room is left."""
    kind = filters.choice(request, "kind", Asset.Kind.values)
    context = {
        "page": lists.page(queries.my_assets(request.user, kind=kind), request, order=("-id",), size=48),
        "chips": filters.chips(request, "kind", [("", "All"), *Asset.Kind.choices]),
        "kind": kind,
        "storage": queries.my_storage(request.user),
        "form": AboutForm(),
        "limits": uploads.limits(),
        **UPLOAD,
    }
    return render(request, "catalog/my_assets.html", context)
