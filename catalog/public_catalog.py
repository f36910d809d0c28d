"""What visitors may pick from: add, take away, put back, in an order that staff arrange."""

import re
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max

from audit.models import record
from catalog import ordering
from catalog.models import Asset, Poem, PublicItem
from catalog.ordering import lock

MOST = 500  # ids in one go
_ID = re.compile(r"[A-Za-z0-9_]+")


@dataclass
class Report:
    """What became of a list of Asset IDs: assets that are shown now, those shown before, and (id, why not)."""

    added: list[Asset] = field(default_factory=list)
    there: list[Asset] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def asset_ids(text: str) -> list[str]:
    """The ids in a text with any separators, each once, as they are written in the library."""
    return list(dict.fromkeys(word.lower() for word in _ID.findall(text)))


def add_images(text: str, *, by) -> Report:
    """Show the images with these ids to visitors; whatever cannot be shown is named, and does not hold up the rest."""
    report = Report()
    with transaction.atomic():
        lock()
        ids = asset_ids(text)
        known = {asset.code: asset for asset in Asset.objects.filter(code__in=ids).select_related("public_item")}
        for code in ids:
            asset = known.get(code)
            if why := _why_not(asset):
                report.refused.append((code, why))
            elif hasattr(asset, "public_item"):
                report.there.append(asset)
            else:
                report.added.append(asset)
        _append([PublicItem(asset=asset, added_by=by) for asset in report.added], by)
    return report


def list_poem(poem: Poem, *, by) -> bool:
    """Show a poem of the house to visitors, as the last one. False when it is shown already."""
    with transaction.atomic():
        lock()
        if PublicItem.objects.filter(poem=poem).exists():
            return False
        _append([PublicItem(poem=poem, added_by=by)], by)
    return True


def remove(pk: int, *, by) -> PublicItem:
    """Take an item away from visitors. What it is (poem, image) stays in the library."""
    with transaction.atomic():
        lock()
        item = PublicItem.objects.select_related("poem", "asset").get(pk=pk)
        record(by, "publicitem.removed", item.target, before={"title": str(item), "position": item.position})
        item.delete()
    return item


def put_back(kind: str, pk: int, position: int, *, by) -> PublicItem:
    """Undo a removal: the poem or image, at its old place, if visitors may still see it. Twice is once."""
    with transaction.atomic():
        lock()
        thing = {"poem": Poem, "asset": Asset}[kind].objects.get(pk=pk, owner=None, retired_at=None)
        if hasattr(thing, "public_item"):
            return thing.public_item
        if kind == "asset" and _why_not(thing):
            raise Asset.DoesNotExist
        item = PublicItem(**{kind: thing}, added_by=by)
        _append([item], by)
        ordering.place(siblings(item), item.pk, position, by=by)
    return item


def siblings(item: PublicItem):
    """The items that share an order with this one: poems, or images."""
    return PublicItem.objects.filter(poem__isnull=item.poem_id is None)


def _append(items: list[PublicItem], by) -> None:
    """Show these, which are of one kind, after all others."""
    if not items:
        return
    last = siblings(items[0]).aggregate(last=Max("position"))["last"]
    for position, item in enumerate(items, start=0 if last is None else last + 1):
        item.position = position
    PublicItem.objects.bulk_create(items)
    target = items[0].target if len(items) == 1 else "catalog:public"
    record(by, "publicitem.added", target, after={"items": [item.target for item in items]})


def _why_not(asset: Asset | None) -> str:
    if asset is None:
        return "is unknown"
    if asset.owner_id:
        return "belongs to a member and is private"
    if asset.kind != Asset.Kind.IMAGE:
        return f"is no image but {'music' if asset.kind == Asset.Kind.MUSIC else 'a video'}"
    if asset.retired_at:
        return "is retired"
    return asset.too_small and f"is {asset.too_small}"
