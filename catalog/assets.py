"""The verbs of assets: add, change, replace, retire, restore, purge."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path, PurePath
from typing import BinaryIO

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from audit.models import record
from catalog.models import Asset, Poem, PublicItem
from catalog.models.asset import too_small
from files import inspect, place, storing
from files.inspect import Facts, Refused, Unavailable
from files.storing import NoSpace
from tunables import values
from ui.format import size

__all__ = ["Duplicate", "NoSpace", "Refused", "Unavailable", "add", "change", "purge", "replace", "restore", "retire"]
QUOTA_LOCK = 0xA55E7
EDITABLE = ("title", "mood", "category", "tags", "curated", "licence", "source")


class Duplicate(Exception):
    """The same file is there already, as `asset`."""

    def __init__(self, asset: Asset):
        super().__init__(f"This file is here already: {asset.title} ({asset.code}).")
        self.asset = asset


def add(
    source: BinaryIO | Path,
    *,
    owner,
    by,
    kind: str | None = None,
    title: str = "",
    mood: str = "",
    category=None,
    tags: Iterable[str] = (),
    curated: bool = False,
    origin: str = Asset.Origin.UPLOAD,
    licence: str = "",
    source_note: str = "",
    name: str = "",
) -> Asset:
    """Judge the file, keep it without anything but picture and sound, and make its row. Call it outside transactions.

    `owner` None: the house's. `name` is the file's own name. Raises Refused, NoSpace or Duplicate, with nothing kept.
    """
    details = {
        "owner": owner,
        "title": (title or PurePath(name).stem.replace("_", " ")).strip()[:120] or "Untitled",
        "mood": mood,
        "category": category,
        "tags": list(tags),
        "curated": curated,
        "origin": origin,
        "licence": licence,
        "source": source_note,
        "uploaded_by": by,
    }
    with _checked(source, kind, name, owner) as (keep, facts, files):
        if curated:
            _check_size(facts)
        return _insert(by, details | facts | {role: keep(path, **how) for role, (path, how) in files.items()})


def replace(asset: Asset, source: BinaryIO | Path, *, by, name: str = "") -> Asset:
    """A new asset takes this one's place in the library and the public catalog; cuts keep what they were made of."""
    _check_replaceable(asset)
    with _checked(source, asset.kind, name, asset.owner) as (keep, facts, files):
        new = facts | {role: keep(path, **how) for role, (path, how) in files.items()} | {"uploaded_by": by}
        with transaction.atomic():  # it may have changed while the file was looked at
            row = Asset.objects.select_for_update(no_key=True, of=("self",)).get(pk=asset.pk)
            _check_replaceable(row)
            if row.curated or hasattr(row, "public_item"):
                _check_size(facts)
            Asset.objects.filter(pk=asset.pk).update(retired_at=timezone.now())
            made = _insert(by, {field: getattr(row, field) for field in (*EDITABLE, "owner")} | new)
            Asset.objects.filter(pk=asset.pk).update(replaced_by=made)
            PublicItem.objects.filter(asset=asset).update(asset=made)
            record(by, "asset.replaced", asset, after={"code": asset.code, "by": made.code})
    return made


def change(asset: Asset, *, by, **fields) -> Asset:
    """Change what is known about it; what is the same already is no change. Refused for a public one too small."""
    with transaction.atomic():
        before = Asset.objects.select_for_update(no_key=True, of=("self",)).get(pk=asset.pk)
        changed = {name: value for name, value in fields.items() if getattr(before, name) != value}
        if changed.get("curated"):
            _check_size(_columns(before))
        if changed:
            Asset.objects.filter(pk=asset.pk).update(**changed)
            old = {name: _plain(getattr(before, name)) for name in changed}
            new = {name: _plain(value) for name, value in changed.items()}
            record(by, "asset.changed", asset, before=old, after=new)
    asset.refresh_from_db()
    return asset


def retire(asset: Asset, *, by) -> bool:
    """Take it out of every choice; cuts keep it. False when somebody has done so already."""
    with transaction.atomic():
        done = Asset.objects.filter(pk=asset.pk, retired_at=None).update(retired_at=timezone.now()) == 1
        if done and by != asset.owner:
            record(by, "asset.retired", asset, after={"code": asset.code, "title": asset.title})
    return done


def restore(asset: Asset, *, by) -> bool:
    """Bring it back; one that was replaced takes its place back. Refused when the same file came in meanwhile, and
    when a member deleted it too long ago: until then it has counted, so it needs no more storage now.
    """
    try:
        with transaction.atomic():
            row = Asset.objects.select_for_update(no_key=True, of=("self",)).get(pk=asset.pk)
            if row.retired_at is None:
                return False
            if row.owner_id and row.retired_at < _too_old():
                raise Refused("It was deleted too long ago.")
            if row.replaced_by and hasattr(row.replaced_by, "track"):
                raise Refused(
                    f"Its place in the music pool is taken by {row.replaced_by.code}: replace that one there."
                )
            if row.replaced_by_id:
                Asset.objects.filter(pk=row.replaced_by_id, retired_at=None).update(retired_at=timezone.now())
                PublicItem.objects.filter(asset=row.replaced_by_id).update(asset=row)
            Asset.objects.filter(pk=row.pk).update(retired_at=None, replaced_by=None)
            if by != asset.owner:
                record(by, "asset.restored", asset, after={"code": asset.code, "title": asset.title})
    except IntegrityError:
        twin = _same(asset.owner, asset.checksum)
        raise Refused(f"The same file is here meanwhile, as {twin.code if twin else 'another asset'}.") from None
    return True


def retire_all(owner) -> int:
    """A member is removed: their uploads and poems can be chosen no more, and go when nothing refers to them."""
    Poem.objects.filter(owner=owner).delete()
    return Asset.objects.filter(owner=owner, retired_at=None).update(retired_at=timezone.now(), title="Removed")


def purge(before=None) -> int:
    """Remove members' deleted assets that can be brought back no more and that nothing refers to, with their files."""
    before = before or _too_old()
    gone = Asset.objects.filter(owner__isnull=False, retired_at__lt=before)
    for relation in Asset._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and not relation.many_to_many:
            users = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            gone = gone.filter(~Exists(users))
    count = 0
    for asset in gone.select_related("file", "preview"):
        with transaction.atomic():
            if not Asset.objects.filter(pk=asset.pk, retired_at__lt=before).delete()[0]:
                continue  # brought back just now
            count += 1
            for stored in filter(None, (asset.file, asset.preview)):
                storing.discard(stored)
    return count


def taking_storage() -> QuerySet[Asset]:
    """Assets that count as their owner's storage: a deleted one does as long as it can be brought back.

    After that a cut alone may still keep it, which is no fault of theirs.
    """
    return Asset.objects.filter(Q(retired_at=None) | Q(retired_at__gt=_too_old()))


def used_storage(member) -> int:
    """Bytes of a member's assets."""
    found = taking_storage().filter(owner=member).aggregate(files=Sum("file__size"), previews=Sum("preview__size"))
    return int(found["files"] or 0) + int(found["previews"] or 0)


def _too_old():
    """What was deleted before then is gone for its owner."""
    return timezone.now() - timedelta(days=values.get("deleted_asset_days"))


@contextmanager
def _checked(source, kind, name, owner) -> Iterator[tuple]:
    """The file judged and written anew: a `keep` that undoes itself, facts for the row, and the files to keep."""
    with _as_path(source) as path, tempfile.TemporaryDirectory(dir=place.waiting_room()) as folder:
        with path.open("rb") as reader:
            checksum = hashlib.file_digest(reader, "sha256").hexdigest()
        if twin := _same(owner, checksum):
            _check_kind(twin.kind, kind)
            raise Duplicate(twin)
        out, preview = Path(folder) / "out", Path(folder) / "preview"
        facts = inspect.clean(path, out, preview, name=name)
        if owner and facts.kind == Asset.Kind.VIDEO:
            raise Refused("A video cannot become part of a cut. Pictures and music can.")
        _check_kind(facts.kind, kind)
        files = {"file": (out, {"content_type": facts.content_type, "extension": facts.extension})}
        files["preview"] = (preview, {"content_type": "image/webp", "extension": ".webp"})
        with storing.keeping() as keep:
            yield keep, {"checksum": checksum, **_columns(facts)}, files


def _check_replaceable(asset: Asset) -> None:
    if hasattr(asset, "track"):
        raise Refused("It is a track of the music pool: replace it there.")
    if asset.retired_at:
        raise Refused("It is retired: restore it first.")


def _check_kind(found: str, wanted: str | None) -> None:
    if wanted and found != wanted:
        raise Refused(f"This is {inspect.WORDS[found]}, and {inspect.WORDS[wanted]} is wanted here.")


def _check_size(facts: dict) -> None:
    """Whether everybody may use it."""
    if why := too_small(facts["kind"], facts["width"], facts["height"]):
        raise Refused(f"This picture is {why}.")


def _columns(facts: Facts | Asset) -> dict:
    return {name: getattr(facts, name) for name in ("kind", "width", "height", "duration_ms")}


def _insert(by, details: dict) -> Asset:
    """The row, if nobody was faster with the same file and the owner's storage has room."""
    owner = details["owner"]
    try:
        with transaction.atomic():
            if owner:
                _check_quota(owner, details["file"].size + details["preview"].size)
            asset = Asset.objects.create(**details)
            if by and by != owner:
                record(by, "asset.added", asset, after={"code": asset.code, "title": asset.title, "kind": asset.kind})
    except IntegrityError:
        if twin := _same(owner, details["checksum"]):
            raise Duplicate(twin) from None
        raise
    return asset


def _check_quota(owner, more: int) -> None:
    """One upload of a member after the other counts: two at once cannot both take the last room."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [QUOTA_LOCK, owner.pk % 2**31])
    quota = values.get("member_storage_mb") * place.MEGABYTE
    if used_storage(owner) + more > quota:
        days = values.get("deleted_asset_days")
        raise Refused(f"Your storage of {size(quota)} is full. What you delete makes room after {days} days.")


def _same(owner, checksum: str) -> Asset | None:
    return Asset.objects.filter(owner=owner, checksum=checksum, retired_at=None).first()


def _plain(value):
    return value if isinstance(value, str | bool | list) or value is None else str(value)


@contextmanager
def _as_path(source) -> Iterator[Path]:
    """The decoder reads a file by its path; what is only a stream is written down first."""
    if isinstance(source, str | os.PathLike):
        yield Path(source)
    elif hasattr(source, "temporary_file_path"):
        yield Path(source.temporary_file_path())
    else:
        with tempfile.NamedTemporaryFile(dir=place.waiting_room()) as copy:
            source.seek(0)
            shutil.copyfileobj(source, copy, place.CHUNK)
            copy.flush()
            yield Path(copy.name)
