"""The history of the security settings, as the audit log holds it: nobody can change or remove a row there."""

from dataclasses import dataclass

from audit.models import AuditEvent
from tunables import catalog, trials
from tunables.models import Override

VERBS = {
    "tunable.changed": "Changed",
    "tunable.reset": "Reset",
    "tunable.kept": "Kept",
    "tunable.undone": "Undone",
    "tunable.reverted": "Went back by itself",
    "tunable.conflicted": "Refused: changed by two at once",
}
MOVES = {"tunable.changed", "tunable.reset", "tunable.undone", "tunable.reverted"}


@dataclass(frozen=True)
class Change:
    """One entry; `back` is the text to return to, or None where that is the value that holds now."""

    event: AuditEvent
    key: str
    done: str
    version: int
    back: str | None


def history(*, key=""):
    """What happened to the security settings, newest first, or to those whose key begins so."""
    keys = [tunable.key for tunable in catalog.table(catalog.SECURITY) if tunable.key.startswith(key)]
    targets = [f"tunable:{key}" for key in keys]
    return AuditEvent.objects.filter(target__in=targets, verb__in=VERBS).select_related("actor").order_by("-id")


def ways_back(events) -> list[Change]:
    stored = Override.objects.in_bulk([event.target.partition(":")[2] for event in events])
    return [_change(event, event.target.partition(":")[2], stored) for event in events]


def _change(event, key, stored) -> Change:
    row = stored.get(key)
    before = (event.before or {}).get("value")
    is_now = before == trials.in_words(key, row and row.current)
    back = before if event.verb in MOVES and not is_now else None
    return Change(event, key, VERBS[event.verb], row.current_version if row else 0, back)
