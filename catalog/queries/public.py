"""Reads of the public catalog."""

from dataclasses import dataclass

from django.db.models import Case, F, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce

from catalog.models import Asset, Category, FrameDesign, Poem, PublicItem, Style
from catalog.queries.counts import cuts_of_asset, cuts_of_poem

AT_ONCE, MOST = 60, 3_000  # pictures on /make and in Studio; there are more behind a button, up to so many


@dataclass(frozen=True)
class Status:
    """What visitors can pick from now, and what keeps something from them. (word, number, note) and sentences."""

    figures: list[tuple[str, int, str]]
    problems: list[str]


def public_poems() -> QuerySet[Poem]:
    """What visitors pick from, in the order of the catalog."""
    shown = Poem.objects.filter(public_item__isnull=False, owner=None, retired_at=None)
    return shown.select_related("category").order_by("public_item__position", "public_item__id")


def public_images() -> QuerySet[Asset]:
    """What visitors pick from, in the order of the catalog."""
    shown = Asset.objects.filter(public_item__isnull=False, owner=None, retired_at=None, kind=Asset.Kind.IMAGE)
    return shown.select_related("file", "preview", "category").order_by("public_item__position", "public_item__id")


def offered_pictures(member=None) -> QuerySet[Asset]:
    """All that a cut may show: a member's own pictures, those of the catalog, then the curated pool; each once."""
    offered = Q(owner=None) & (Q(public_item__isnull=False) | Q(curated=True))
    if member:
        offered |= Q(owner=member)
    group = Case(When(owner__isnull=False, then=0), When(public_item__isnull=False, then=1), default=2)
    found = Asset.objects.filter(offered, kind=Asset.Kind.IMAGE, retired_at=None).alias(group=group)
    found = found.select_related("file", "preview", "category")
    return found.order_by("group", "public_item__position", "public_item__id", "-id")


def offered_music(member) -> QuerySet[Asset]:
    """What a member may choose instead of the pool's tracks: their own music, then the curated; the newest first."""
    offered = Q(owner=member) | Q(owner=None, curated=True, track=None)
    found = Asset.objects.filter(offered, kind=Asset.Kind.MUSIC, retired_at=None).select_related("file")
    return found.order_by(F("owner").asc(nulls_last=True), "-id")


def listed_poems() -> list[PublicItem]:
    """The poems of the catalog as staff arrange them, with the cuts that were made of each."""
    items = PublicItem.objects.filter(poem__isnull=False).select_related("poem__category")
    return list(items.annotate(cuts=Coalesce(cuts_of_poem(OuterRef("poem")), 0)))


def listed_images() -> list[PublicItem]:
    """The images of the catalog as staff arrange them, with the cuts that were made of each."""
    items = PublicItem.objects.filter(asset__isnull=False)
    items = items.select_related("asset__file", "asset__preview", "asset__category")
    return list(items.annotate(cuts=Coalesce(cuts_of_asset(OuterRef("asset")), 0)))


def catalog_status() -> Status:
    """The state of the catalog as it is at this moment."""
    poems, images = listed_poems(), listed_images()
    shown_poems = sum(item.poem.retired_at is None for item in poems)
    shown_images = sum(item.asset.retired_at is None for item in images)
    active = {model: model.objects.filter(retired_at=None).count() for model in (Category, FrameDesign, Style)}
    figures = [
        ("Poems", shown_poems, f"{_hidden(poems, shown_poems)}{sum(item.cuts for item in poems)} cuts made of them"),
        (
            "Images",
            shown_images,
            f"{_hidden(images, shown_images)}{sum(item.cuts for item in images)} cuts made of them",
        ),
        ("Curated images", curated_besides(), "offered to visitors besides these"),
        ("Frame designs", active[FrameDesign], "to choose from"),
        ("Styles", active[Style], "to choose from"),
        ("Categories", active[Category], "to sort by"),
    ]
    return Status(figures, _problems(poems, images, figures))


def curated_besides() -> int:
    """How many images the curated pool offers that are not in the catalog anyway."""
    pool = Asset.objects.filter(kind=Asset.Kind.IMAGE, curated=True, retired_at=None)
    return pool.filter(public_item=None).count()


def _hidden(items: list[PublicItem], shown: int) -> str:
    return f"{len(items) - shown} more hidden, " if len(items) > shown else ""


def _problems(poems, images, figures) -> list[str]:
    counted = {word: number for word, number, _ in figures}
    found = [
        f"“{item.poem}” is retired: visitors do not see it. Bring it back, or remove it."
        for item in poems
        if item.poem.retired_at
    ]
    found += [f"{item.asset.code} is retired: visitors do not see it." for item in images if item.asset.retired_at]
    missing = [item.asset.code for item in images if item.asset.file.missing_since]
    found += [f"{code}: its file is missing in the storage." for code in missing]
    if not counted["Poems"]:
        found.append("There is no poem to pick. Press Seed starter poems, or write one.")
    if not counted["Images"] + counted["Curated images"]:
        found.append("There is no image to pick. Add some by their Asset IDs.")
    return found
