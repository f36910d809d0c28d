"""Verify the hash chain, independently of the database function that built it.

Row n: sha256(hash of row n-1 + canonical JSON of row n). A cut tail leaves a shorter chain that is sound in
itself; only a head kept outside (`manage.py audit_head`, logged every day) shows it.
"""

import hashlib
import json
from dataclasses import dataclass

from django.db.models import TextField
from django.db.models.functions import Cast

from audit.models import AuditEvent

GENESIS = "0" * 64
COLUMNS = ("position", "hash", "id", "at", "actor_id", "verb", "target", "before_text", "after_text")
COLUMNS += ("note", "request_id", "client", "on_behalf_of_id")


@dataclass(frozen=True)
class Verdict:
    """What a walk over the chain found; `problem` is empty when it is whole."""

    through: int
    head: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem


def verify(*, expected_head: str = "", progress=None) -> Verdict:
    """Walk the chain from its start and name the first bad row."""
    rows = AuditEvent.objects.filter(position__isnull=False).order_by("position")
    rows = rows.annotate(before_text=Cast("before", TextField()), after_text=Cast("after", TextField()))
    position, head, seen = 0, GENESIS, expected_head in ("", GENESIS)
    for row in rows.values_list(*COLUMNS, named=True).iterator(chunk_size=2000):
        if row.position != position + 1:
            return Verdict(position, head, f"row {position + 1} is missing: it was deleted or moved")
        if row.hash != digest(head, row):
            return Verdict(position, head, f"row {row.position} (id {row.id}) was altered or moved")
        position, head = row.position, row.hash
        seen = seen or head == expected_head
        if progress and position % 2000 == 0:
            progress(position)
    if not seen:
        return Verdict(position, head, "the chain does not hold the head that was kept of it: its tail was cut")
    return Verdict(position, head)


def digest(previous: str, row) -> str:
    """The hash that `row` must have after `previous`."""
    return hashlib.sha256((previous + _canonical(row)).encode()).hexdigest()


def _canonical(row) -> str:
    """The row as PostgreSQL prints `jsonb_build_array(...)`: `before` and `after` are taken as they are stored."""
    at = row.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    parts = [row.position, row.id, at, row.actor_id, row.verb, row.target]
    texts = [json.dumps(part, ensure_ascii=False) for part in parts]
    texts += [row.before_text or "null", row.after_text or "null"]
    last = [row.note, row.request_id, row.client]
    last += [row.on_behalf_of_id] if row.on_behalf_of_id is not None else []  # rows without it are as before it existed
    texts += [json.dumps(part, ensure_ascii=False) for part in last]
    return f"[{', '.join(texts)}]"
