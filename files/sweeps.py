"""Compare the files with their rows, both ways; remove what nothing refers to when somebody asks for it.

Both are read in the order of their names, so that millions need no memory. What is younger than `orphan_grace_hours`
is left alone: its row, or what will refer to it, may be on its way.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Collate
from django.utils import timezone

from alerts.models import raise_alert, settle
from audit.models import record
from files import place, storing
from files.models import StoredFile, Sweep
from jobs.models import Job, State
from tunables import values

KIND = "files.sweep"
LOCK = 0xF11E5
ALERT = "files-disagree"
SHOWN = 50  # names kept of each kind of trouble
EVERY = 500  # files between two words on the progress


@dataclass
class Tally:
    """What one sweep finds."""

    before: datetime
    repair: bool
    files: int = 0
    bytes: int = 0
    orphan_bytes: int = 0
    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("orphans", "unused", "missing", "damaged"), 0))
    names: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, name: str) -> None:
        self.found[kind] += 1
        if self.found[kind] <= SHOWN:
            self.names.setdefault(kind, []).append(name)


def ask(*, repair: bool, by=None) -> Job | None:
    """Queue a sweep; None when one is queued or running already."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if under_way():
            return None
        if by:
            record(by, "storage.repair_asked" if repair else "storage.sweep_asked", "storage")
        return Job.enqueue(KIND, {"repair": repair, "by": by and by.pk})


def under_way() -> Job | None:
    return Job.objects.filter(kind=KIND, state__in=(State.NEW, State.RUNNING)).first()


def run_job(job) -> Sweep:
    """One sweep. It may run again: what was removed is gone, and the rest is found anew."""
    started, total = timezone.now(), StoredFile.objects.count()
    tally = Tally(started - timedelta(hours=values.get("orphan_grace_hours")), job.payload["repair"])
    place.clear(tally.before)
    _discard_unused(tally)
    _compare(tally, lambda done: job.progress(done, max(total, done), "Comparing files and rows"))
    facts = {"repaired": tally.repair, "files": tally.files, "bytes": tally.bytes, "orphan_bytes": tally.orphan_bytes}
    facts |= {**tally.found, "names": tally.names, "asked_by_id": job.payload["by"], "started_at": started}
    sweep, _ = Sweep.objects.update_or_create(job=job.pk, defaults={**facts, "finished_at": timezone.now()})
    _alert(sweep)
    return sweep


def unused(before: datetime) -> QuerySet[StoredFile]:
    """Rows older than that to which no other row refers, whichever room it is in."""
    rows = StoredFile.objects.filter(created_at__lt=before)
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete:
            users = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            rows = rows.filter(~Exists(users))
    return rows


def _discard_unused(tally: Tally) -> None:
    for stored in unused(tally.before).iterator():
        tally.note("unused", stored.name)
        if tally.repair:
            storing.discard(stored)


def _compare(tally: Tally, progress: Callable[[int], None]) -> None:
    for name, row, file in _pairs():
        if file:
            tally.files, tally.bytes = tally.files + 1, tally.bytes + file.size
            if tally.files % EVERY == 1:
                progress(tally.files - 1)
        if row is None:
            _judge_file(tally, file)
        else:
            _judge_row(tally, row, _size(name) if file is None else file.size)
    progress(tally.files)


def _pairs() -> Iterator[tuple[str, StoredFile | None, place.Found | None]]:
    rows = StoredFile.objects.order_by(Collate("name", "C")).iterator()
    both = heapq.merge(
        ((row.name.encode(), 0, row) for row in rows),
        ((file.name.encode(errors="surrogateescape"), 1, file) for file in place.walk()),
        key=itemgetter(0, 1),
    )
    for _, group in groupby(both, key=itemgetter(0)):
        sides = {side: one for _, side, one in group}
        yield (sides.get(0) or sides[1]).name, sides.get(0), sides.get(1)


def _judge_file(tally: Tally, file: place.Found) -> None:
    if file.modified >= tally.before or StoredFile.objects.filter(name=file.name).exists():
        return
    tally.note("orphans", file.name.encode(errors="replace").decode())
    tally.orphan_bytes += file.size
    if tally.repair:
        place.remove(file.name)


def _judge_row(tally: Tally, row: StoredFile, size: int | None) -> None:
    """Missing is what is not whole; what has come back, say from a backup, is missing no more."""
    fine = size == row.size
    if not fine and not StoredFile.objects.filter(pk=row.pk).exists():
        return  # discarded while we came here
    if not fine:
        tally.note("missing" if size is None else "damaged", row.name)
    if fine != (row.missing_since is None):
        StoredFile.objects.filter(pk=row.pk).update(missing_since=None if fine else timezone.now())


def _size(name: str) -> int | None:
    """Asked once more: a file that is younger than the walk is not missing."""
    return default_storage.size(name) if default_storage.exists(name) else None


def _alert(sweep: Sweep) -> None:
    wrong = [f"{sweep.missing:,} missing"] * bool(sweep.missing) + [f"{sweep.damaged:,} damaged"] * bool(sweep.damaged)
    if sweep.removable:
        wrong.append(f"{sweep.removable:,} that nothing refers to")
    if not wrong:
        settle(ALERT)
        return
    severity = "bad" if sweep.broken else "warn"
    raise_alert(ALERT, "Files and rows disagree", f"{', '.join(wrong)}.", severity=severity, url="/admin/files/")


def users_of(stored: StoredFile) -> list[str]:
    """What refers to a file, in words, for whoever must bring it back."""
    found = []
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: stored})
            found += [f"{row._meta.verbose_name}: {row}" for row in rows[:3]]
    return found
