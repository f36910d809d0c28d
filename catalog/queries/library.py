"""Reads of the assets: the library, the public pool, a member's own."""

import re
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, Q, QuerySet

from catalog import assets
from catalog.models import Asset
from files import place
from musicpool.models import Track
from studio.models import Cut
from tunables import values

WORDS = SearchVector("title", config="simple")
LATEST = ("-created_at", "-id")


def library(*, q="", kind="", mood="", category="", tag="", curated="", retired=False) -> QuerySet[Asset]:
    """The house's assets; words are looked for at their beginnings in titles, whole in tags, and in Asset IDs."""
    found = Asset.objects.filter(owner=None, retired_at__isnull=not retired)
    found = found.filter(**{name: value for name, value in {"kind": kind, "mood": mood}.items() if value})
    if category:
        found = found.filter(category__slug=category)
    if tag:
        found = found.filter(tags__contains=[tag.lower()])
    if curated:
        found = found.filter(curated=curated == "yes")
    if words := re.findall(r"\w+", q):
        asked = SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")
        matches = Q(tags__contains=[q.lower()]) | Q(code=q)
        found = found.annotate(words=WORDS).filter(Q(words=asked) | matches)
    return found.select_related("file", "preview", "category", "uploaded_by")


def library_counts(**wanted) -> dict[str, int]:
    """How many of each kind the same filter finds."""
    found = library(**wanted).select_related(None).order_by().values_list("kind").annotate(Count("pk"))
    counts = dict(found)
    return {"": sum(counts.values()), **dict.fromkeys(Asset.Kind.values, 0), **counts}


@dataclass(frozen=True)
class Use:
    """One thing that an asset is part of."""

    what: str
    words: str
    url: str = ""


def asset_uses(asset: Asset) -> list[Use]:
    """Where an asset is used: public catalog, music pool, cuts."""
    uses = []
    if item := getattr(asset, "public_item", None):
        uses.append(Use("Public catalog", f"at position {item.position + 1}"))
    for track in Track.objects.filter(asset=asset):
        words = f"{track.get_mood_display()}, {track.get_genre_display()}: {track.get_state_display().lower()}"
        uses.append(Use("Music pool", f"{words}, {track.plays:,} plays"))
    cuts = Cut.objects.filter(Q(images=asset) | Q(track__asset=asset) | Q(own_music=asset)).distinct().count()
    if cuts:
        uses.append(Use("Cuts", f"in {cuts:,}", f"/admin/cuts/?q={asset.code}"))
    return uses


@dataclass(frozen=True)
class Mine:
    """A member's storage."""

    used: int
    quota: int


def my_storage(member) -> Mine:
    return Mine(assets.used_storage(member), values.get("member_storage_mb") * place.MEGABYTE)


def my_assets(member, *, kind="") -> QuerySet[Asset]:
    """A member's own uploads."""
    found = Asset.objects.filter(owner=member, retired_at=None).select_related("file", "preview", "category")
    return found.filter(kind=kind) if kind else found
