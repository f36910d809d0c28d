"""Changes on trial: a dangerous value that a person has set holds for ten minutes, and on only if somebody keeps it.

Whoever reads a value lets go of one that is overdue (values.py), by the database's clock: that takes no worker. The job
and the sweeper only write down that it went back.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from audit.models import record
from jobs.models import Job
from tunables import kinds
from tunables.catalog import CATALOG
from tunables.models import Override

LENGTH = timedelta(minutes=10)
LOCK = 0x7AB1E5


class Over(Exception):
    """What was to be kept or undone is not on trial any more."""


def locked() -> tuple[dict[str, Override], datetime]:
    """All rows, for the one change at a time, and the time; what is overdue has gone back.

    Two changes that are each valid could break a rule between keys together.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SELECT clock_timestamp()")
        now = cursor.fetchone()[0]
    rows = {row.key: row for row in Override.objects.all()}
    for row in rows.values():
        if row.reverts_at and row.reverts_at <= now:
            _go_back(row, "tunable.reverted", by=None, at=row.reverts_at)
    return rows, now


def take(row: Override, text: str | None, *, by, at: datetime) -> None:
    """Let `row` have `text`: for good, or on trial when the key is dangerous and a person does it."""
    kept = row.previous if row.reverts_at else row.value
    row.value, row.version, row.changed_by, row.changed_at = text, row.version + 1, by, at
    row.previous = row.reverts_at = None
    if by is not None and CATALOG[row.key].dangerous and in_words(row.key, kept) != in_words(row.key, text):
        row.previous, row.reverts_at = kept, at + LENGTH
        Job.enqueue("tunables.settle", {}, dedupe_key=f"tunable:{row.key}:{row.version}", run_at=row.reverts_at)
    row.save()


def keep(key: str, *, by, version: int | None) -> Override:
    """The value on trial holds for good."""
    with transaction.atomic():
        row = _on_trial(key, version)
        row.previous = row.reverts_at = None
        row.save()
        record(by, "tunable.kept", f"tunable:{key}", after={"value": in_words(key, row.value)})
    return row


def undo(key: str, *, by, version: int | None) -> Override:
    """Back, now, to the value before the trial."""
    with transaction.atomic():
        row = _on_trial(key, version)
        _go_back(row, "tunable.undone", by=by, at=timezone.now())
    return row


def settle_overdue() -> None:
    """Write down what has gone back by itself."""
    if Override.objects.filter(reverts_at__lte=Now()).exists():
        with transaction.atomic():
            locked()


def in_words(key: str, text: str | None) -> str:
    """The stored text, or the default's."""
    return kinds.to_text(CATALOG[key].kind, CATALOG[key].default) if text is None else text


def _on_trial(key: str, version: int | None) -> Override:
    row = locked()[0].get(key)
    if row is None or row.reverts_at is None or row.version != version:
        raise Over
    return row


def _go_back(row: Override, verb: str, *, by, at: datetime) -> None:
    before, after = in_words(row.key, row.value), in_words(row.key, row.previous)
    row.value, row.version, row.changed_by, row.changed_at = row.previous, row.version + 1, by, at
    row.previous = row.reverts_at = None
    row.save()
    note = "" if by else "Nobody kept it within 10 minutes."
    record(by, verb, f"tunable:{row.key}", before={"value": before}, after={"value": after}, note=note)
