"""Full pages: the public catalog, poems, what one chooses from; the Curated Library; a member's own uploads."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import members, requires
from accounts.permissions import Perm
from catalog import drawings, queries, uploading
from catalog.choices import KINDS
from catalog.forms import AboutForm, AssetForm, ChoiceForm, CuratedForm, ImagesForm, PoemForm
from catalog.models import Asset, Poem
from files import uploads
from ui import filters, lists


@require_safe
@requires(Perm.CATALOG_READ)
def index(request):
    """/admin/catalog/: what anonymous visitors pick from."""
    return render(request, "catalog/index.html", {"form": ImagesForm(), "tab": "catalog"})


@require_safe
@requires(Perm.CATALOG_READ)
def as_visitor(request):
    """What a visitor finds to pick from on /make, in its order."""
    images = queries.offered_pictures()[: queries.MOST]
    context = {"poems": queries.public_poems(), "images": images, "styles": queries.styles()}
    context |= {"frames": queries.frames(), "at_once": queries.AT_ONCE}
    return render(request, "catalog/as_visitor.html", context)


@require_safe
@requires(Perm.CATALOG_READ)
def poems(request):
    """All poems of the house."""
    return render(request, "catalog/poems.html", {"tab": "poems"})


@require_safe
@requires(Perm.CATALOG_MANAGE)
def new_poem(request):
    return render(request, "catalog/poem.html", {"form": PoemForm(), "tab": "poems"})


@require_safe
@requires(Perm.CATALOG_READ)
def poem(request, pk):
    """One poem of the house; a member's poem is nobody's business here."""
    found = get_object_or_404(Poem.objects.select_related("category"), pk=pk, owner=None)
    return render(request, "catalog/poem.html", {"poem": found, "form": PoemForm(poem=found), "tab": "poems"})


@require_safe
@requires(Perm.CATALOG_READ)
def choices(request, kind):
    """/admin/catalog/categories/ (frames, styles): all of a kind."""
    found = _kind(kind)
    return render(request, "catalog/choices.html", {"kind": found, "form": ChoiceForm(found), "tab": kind})


@require_safe
@requires(Perm.CATALOG_READ)
def choice(request, kind, pk):
    """One of them, with the options of its drawing."""
    found = _kind(kind)
    row = get_object_or_404(found.model, pk=pk)
    context = {"kind": found, "row": row, "form": ChoiceForm(found, row=row), "tab": kind}
    return render(request, "catalog/choice.html", context)


@require_safe
@requires(Perm.CATALOG_READ)
def choice_preview(request, kind, pk):
    """The sample for the options that stand in the form, or why there is none."""
    found = _kind(kind)
    row = get_object_or_404(found.model, pk=pk)
    form = ChoiceForm(found, request.GET, row=row)
    context = {"kind": found, "row": row}
    if form.is_valid():
        context["query"] = request.GET.urlencode()
    else:
        context["wrong"] = " ".join(sentence for sentences in form.errors.values() for sentence in sentences)
    return render(request, "catalog/_choice_preview.html", context)


@require_safe
@requires(Perm.CATALOG_READ)
def choice_sample(request, kind, pk):
    """A picture of it: with the options of the query where they make sense, with its own otherwise."""
    found = _kind(kind)
    row = get_object_or_404(found.model, pk=pk)
    if not found.drawn or row.drawing not in drawings.titles(kind):
        raise Http404
    form = ChoiceForm(found, request.GET, row=row)
    options = form.cleaned_data["options"] if request.GET and form.is_valid() else row.options
    try:
        return HttpResponse(drawings.sample(kind, row.drawing, options), content_type="image/jpeg")
    except drawings.InvalidOption as refusal:  # its own are older than the drawing
        raise Http404 from refusal


def _kind(key):
    if key not in KINDS:
        raise Http404
    return KINDS[key]


@require_safe
@requires(Perm.LIBRARY_READ)
def library(request):
    """/admin/library/: upload, and everything that the house has."""
    return render(
        request, "catalog/library.html", {"form": CuratedForm(), "limits": uploads.limits(), **uploading.HOUSE}
    )


@require_safe
@requires(Perm.LIBRARY_READ)
def asset(request, code):
    """One asset of the house, where it is used, and what may be done with it."""
    found = Asset.objects.select_related("file", "preview", "category", "uploaded_by", "replaced_by")
    shown = get_object_or_404(found, code=code, owner=None)
    context = {"asset": shown, "form": AssetForm(asset=shown), "twins": shown.replaces.all(), **uploading.HOUSE}
    return render(request, "catalog/asset.html", context)


@require_safe
@members
def my_assets(request):
    """/me/assets/: a member's own uploads and what room is left."""
    kind = filters.choice(request, "kind", Asset.Kind.values)
    videos = [] if queries.my_assets(request.user, kind=Asset.Kind.VIDEO).exists() else [Asset.Kind.VIDEO]
    kinds = [each for each in Asset.Kind.choices if each[0] not in videos]  # older ones may be there
    context = {
        "page": lists.page(queries.my_assets(request.user, kind=kind), request, order=("-id",), size=48),
        "chips": filters.chips(request, "kind", [("", "All"), *kinds]),
        "kind": kind,
        "storage": queries.my_storage(request.user),
        "form": AboutForm(),
        "limits": uploads.limits(),
        **uploading.OWN,
    }
    return render(request, "catalog/my_assets.html", context)
