"""A member's statement as a page and as files that anybody can check (billing/statement_check.py)."""

import json
import logging
from collections.abc import Iterator

from django.http import StreamingHttpResponse

from billing import wording
from ledger.statement import ACCOUNTS, Movement, Point, Statement, lots, movements, stamp
from ui import csv, lists

log = logging.getLogger(__name__)
SIZE = 50  # movements a page
MOST_LOTS = 100
COLUMNS = (
    *(("number", "Number"), ("at", "At"), ("kind", "Kind"), ("note", "Note")),
    *((account, account.capitalize()) for account in ACCOUNTS),
    *((f"{account}_after", f"{account.capitalize()} after") for account in ACCOUNTS),
    *(("service", "Service"), ("transaction_id", "Transaction"), ("corrects", "Corrects"), ("lines", "Lines")),
    *(("hash", "Hash"), ("member", "Member")),
)


def page(request, shown: Statement) -> dict:
    """What _statement.html shows: the balances, one page of movements (`?after=` is the number before it), the lots."""
    first, last = shown.opening.number, shown.closing.number
    asked = request.GET.get("after", "")
    after = min(max(int(asked) if asked.isascii() and asked.isdigit() else 0, first), max(first, last - 1))
    touched = lots(shown)
    if not shown.agrees:
        log.error("Member %s: closing %s, the ledger says %s", shown.member_id, shown.closing, shown.held_against)
    return {
        "statement": shown,
        "balances": list(zip(ACCOUNTS, shown.opening.balances, shown.change, shown.closing.balances, strict=True)),
        "movements": list(movements(shown, after, SIZE)),
        "begins_here": after == first,
        "ends_here": after + SIZE >= last,
        "previous_url": _url(request, after=max(first, after - SIZE)) if after > first else "",
        "next_url": _url(request, after=after + SIZE) if after + SIZE < last else "",
        "csv_url": _url(request, format="csv"),
        "json_url": _url(request, format="json"),
        "lots": touched[-MOST_LOTS:],
        "more_lots": max(0, len(touched) - MOST_LOTS),
    }


def as_csv(shown: Statement, filename: str) -> StreamingHttpResponse:
    """One row for the opening, one for each movement, one for the closing."""
    return csv.stream(_rows(shown), COLUMNS, filename)


def as_json(shown: Statement, filename: str) -> StreamingHttpResponse:
    """The same for machines, with the lots."""
    response = StreamingHttpResponse(_json(shown), content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}.json"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


FORMATS = {"csv": as_csv, "json": as_json}


def _rows(shown: Statement) -> Iterator[dict]:
    blank = dict.fromkeys(key for key, _ in COLUMNS) | {"member": shown.member_id}
    yield blank | _point_row("opening", stamp(shown.since), shown.opening)
    for row in movements(shown):
        fields = {key: getattr(row, key) for key, _ in COLUMNS if key not in ("note", "member")}
        yield blank | fields | {"at": row.stamp, "note": wording.member_note(row)}
    yield blank | _point_row("closing", stamp(shown.until), shown.closing)


def _point_row(kind: str, at: str, point: Point) -> dict:
    after = {f"{account}_after": getattr(point, account) for account in ACCOUNTS}
    return {"number": point.number, "at": at, "kind": kind, "hash": point.hash, **after}


def _json(shown: Statement) -> Iterator[str]:
    head = {"format": "poemvision.statement.1", "member": shown.member_id}
    head |= {"since": stamp(shown.since), "until": stamp(shown.until), "opening": _point(shown.opening)}
    yield f'{json.dumps(head)[:-1]},\n"movements": ['
    between = "\n"
    for row in movements(shown):
        yield between + json.dumps(_movement(row))
        between = ",\n"
    tail = {"closing": _point(shown.closing), "lots": [_lot(line) for line in lots(shown)]}
    yield f"\n],\n{json.dumps(tail)[1:]}\n"


def _point(point: Point) -> dict:
    return {"number": point.number, **{name: str(getattr(point, name)) for name in ACCOUNTS}, "hash": point.hash}


def _movement(row: Movement) -> dict:
    return {
        "number": row.number,
        "at": row.stamp,
        "kind": row.kind,
        "service": row.service,
        "transaction": row.transaction_id,
        "corrects": row.corrects,
        "lines": json.loads(row.lines),
        "note": wording.member_note(row),
        "after": {name: str(getattr(row, f"{name}_after")) for name in ACCOUNTS},
        "hash": row.hash,
    }


def _lot(line) -> dict:
    lot = line.lot
    return {
        "lot": lot.pk,
        "kind": lot.kind,
        "amount": str(lot.amount),
        "since": stamp(lot.transaction.posted_at),
        "expires": stamp(lot.expires_at) if lot.expires_at else None,
        "opening": str(line.opening),
        "closing": str(line.closing),
    }


def _url(request, **changes) -> str:
    return f"{request.path}?{lists.query(request, **changes)}"
