"""Reads of the storage."""

import shutil
from dataclasses import dataclass

from django.db.models import Count, Sum

from files import place, sweeps
from files.models import StoredFile, Sweep
from jobs.models import Job
from ui.format import size

KINDS = (("image", "Pictures"), ("audio", "Music"), ("video", "Videos"))


@dataclass(frozen=True)
class Kind:
    label: str
    files: int
    bytes: int


@dataclass(frozen=True)
class Storage:
    """What the rows say is stored; `free` is None where there is no disk that could be full."""

    kinds: list[Kind]
    free: int | None

    @property
    def files(self) -> int:
        return sum(kind.files for kind in self.kinds)

    @property
    def note(self) -> str:
        room = "in a bucket" if self.free is None else f"{size(self.free)} free on the disk"
        return f"{size(sum(kind.bytes for kind in self.kinds))}, {room}"


@dataclass(frozen=True)
class Broken:
    """A file that is not there, or not whole, and what needs it."""

    stored: StoredFile
    users: list[str]


@dataclass(frozen=True)
class Orphans:
    """The last comparison, the one that is under way, and the files that somebody must bring back."""

    last: Sweep | None
    job: Job | None
    broken: list[Broken]


def storage() -> Storage:
    """How much is stored, by kind."""
    rows = StoredFile.objects.order_by()
    kinds = []
    for prefix, label in KINDS:
        found = rows.filter(content_type__startswith=f"{prefix}/").aggregate(n=Count("pk"), bytes=Sum("size"))
        kinds.append(Kind(label, found["n"], int(found["bytes"] or 0)))
    kept = place.folder()
    free = shutil.disk_usage(kept).free if kept and kept.is_dir() else None
    return Storage(kinds, free)


def orphans() -> Orphans:
    """What the last sweep found."""
    last = Sweep.objects.select_related("asked_by").order_by("-finished_at", "-id").first()
    gone = StoredFile.objects.filter(missing_since__isnull=False).order_by("missing_since", "id")[:20]
    return Orphans(last, sweeps.under_way(), [Broken(stored, sweeps.users_of(stored)) for stored in gone])
