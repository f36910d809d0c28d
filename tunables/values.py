"""Read and change tunables. A change is in force in every process on its next request or job."""

import logging
import zoneinfo
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.signals import request_finished, request_started
from django.db import DatabaseError, connection, transaction
from django.dispatch import receiver

from tunables import kinds
from tunables.catalog import CATALOG
from tunables.rules import RULES

log = logging.getLogger("tunables")
# A value on trial that nobody has kept in time holds no longer
SELECT = """SELECT key, CASE WHEN reverts_at <= clock_timestamp() THEN previous ELSE value END
    FROM tunables_override"""

# None: no request or job is being served, so nothing is kept. An empty list: served, not read yet.
_snapshot: ContextVar[list | None] = ContextVar("tunables_snapshot", default=None)
_guards: dict[str, list] = {}


class Conflict(Exception):
    """Somebody else has changed the value since the form was shown."""

    def __init__(self, key, current, attempted, version):
        super().__init__(f"{key} was changed meanwhile: it is now {current}. You entered {attempted}.")
        self.key, self.current, self.attempted, self.version = key, current, attempted, version


def get(key: str):
    """The typed value in force. One SELECT of all overrides per request or job; unreadable means the safe value."""
    return _typed(CATALOG[key], _stored())


def business_zone() -> zoneinfo.ZoneInfo:
    """The zone in which business days and months begin."""
    return zoneinfo.ZoneInfo(get("business_time_zone"))


@contextmanager
def snapshot():
    """One consistent view of all values while a job runs (requests have theirs by signal)."""
    token = _snapshot.set([])
    try:
        yield
    finally:
        _snapshot.reset(token)


def change(key: str, raw_text: str, *, by, version: int | None = None):
    """Validate and store a value, audited with old and new; returns the typed value.

    `version` is what the form showed: if the value has moved on since, Conflict. `by` None is the command line.
    """
    tunable = CATALOG[key]
    value = kinds.parse(tunable, raw_text)
    return _store(tunable, value, kinds.to_text(tunable.kind, value), by, version)


def reset(key: str, *, by, version: int | None = None):
    """Back to the default; returns it."""
    tunable = CATALOG[key]
    return _store(tunable, tunable.default, None, by, version)


def guard(key: str):
    """Let a room above refuse a change: the decorated function gets (value, by) and returns a sentence or ""."""

    def register(function):
        _guards.setdefault(key, []).append(function)
        return function

    return register


def refusals(key: str, value, *, by) -> list[str]:
    """Why `value` would be refused, in sentences."""
    from tunables.models import Override

    stored = {row.key: row.current for row in Override.objects.all() if row.current is not None}
    return _refusals(key, value, stored, by)


def _store(tunable, value, text, by, version):
    # not at the top: allauth reads its settings here before models exist
    from audit.models import record
    from tunables import trials
    from tunables.models import Override

    with transaction.atomic():
        rows, now = trials.locked()
        row = rows.get(tunable.key) or Override(key=tunable.key)
        stored = {key: each.value for key, each in rows.items() if each.value is not None}
        old = _typed(tunable, stored)
        conflict = version is not None and version != row.version
        verb = "tunable.conflicted" if conflict else "tunable.reset" if text is None else "tunable.changed"
        if not conflict:
            if sentences := _refusals(tunable.key, value, stored, by):
                raise ValidationError(sentences)
            trials.take(row, text, by=by, at=now)
        before, after = (kinds.to_text(tunable.kind, each) for each in (old, value))
        record(by, verb, f"tunable:{tunable.key}", before={"value": before}, after={"value": after})
    read_anew()
    if conflict:
        raise Conflict(tunable.key, before, after, row.version)
    return value


def read_anew() -> None:
    """What this request or job has read is out of date: it has just changed something."""
    if _snapshot.get() is not None:
        _snapshot.set([])


def _refusals(key, value, stored, by) -> list[str]:
    proposed = {each.key: _typed(each, stored) for each in CATALOG.values()} | {key: value}
    sentences = [rule.broken(proposed) for rule in RULES if key in rule.keys]
    sentences += [refuse(value, by) for refuse in _guards.get(key, ())]
    return [sentence for sentence in sentences if sentence]


def typed(tunable, text: str | None):
    """The value that a stored text means, None being the default; the safe value where it cannot be read."""
    if text is None:
        return tunable.default
    try:
        return kinds.parse(tunable, text)
    except ValidationError:
        log.error("The stored value of %s is unusable; its safe value holds", tunable.key)
        return tunable.safe_value


def _typed(tunable, stored: dict | None):
    """The value in force given the stored texts; `None` means that they could not be read."""
    return tunable.safe_value if stored is None else typed(tunable, stored.get(tunable.key))


def _stored() -> dict[str, str] | None:
    kept = _snapshot.get()
    if kept:
        return kept[0]
    stored = _select()
    if kept is not None:
        kept.append(stored)
    return stored


def _select() -> dict[str, str] | None:
    """All overrides, or None. A failure inside an open transaction is rolled back to a savepoint: it stays usable."""
    if not apps.ready:
        return {}
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext(), connection.cursor() as cursor:
            cursor.execute(SELECT)
            return {key: text for key, text in cursor.fetchall() if text is not None}
    except DatabaseError as error:
        log.warning("Tunables could not be read; safe values hold (%s)", str(error).splitlines()[0])
        return None


@receiver(request_started)
def _open_snapshot(**kwargs):
    _snapshot.set([])


@receiver(request_finished)
def _close_snapshot(**kwargs):
    _snapshot.set(None)
