"""A member's statement: opening balances + movements = closing balances, in a chain that anybody can check.

It is read from transactions, entries and lots alone, never from stored balances; those are only compared with. The
statement of a period that has passed never changes: an expiry stands at its lot's `expires_at`, recorded or not, credit
that returns to an expired lot expires at once, and the transactions that record expiries later are left out.

Each movement has a hash: SHA-256, in lower-case hexadecimal, of the hash of the movement before it followed by its own
facts. Facts are one JSON object in ASCII without spaces, with its keys in alphabetical order:

    {"at":"2026-11-25T09:30:00.123456Z","corrects":null,"kind":"charge",
     "lines":[["granted",7,"-0.100000"]],"number":3,"service":"lite_render","transaction":981}

(in a file on one line). `at` is when it was posted, in UTC, with six decimals of a second. `kind` and `service` are
the ledger's names ("" for no service); `transaction` is its id, null for an expiry; `corrects` is the id of the
transaction that a reversal undoes, or null. `lines` are what moved, in the order of posting: the account (paid,
granted, held, owed), the id of the lot or null, and the amount with six decimals, "-" where the balance falls.
`number` counts from 1. The hash before the first movement is that of the text `poemvision statement of member <id>`.
This form is a promise to whoever kept a file: it never changes. PostgreSQL writes it (ledger/sql/statement.sql);
billing/statement_check.py reads it back without any of our code.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from ledger.models import Kind, Lot
from ledger.queries import ZERO, balances

ACCOUNTS = ("paid", "granted", "held", "owed")
AFTER = ", ".join(f"{account}_after" for account in ACCOUNTS)
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Point:
    """Where a member stands between two movements: how many came before, the balances and the hash."""

    number: int
    paid: Decimal
    granted: Decimal
    held: Decimal
    owed: Decimal
    hash: str

    @property
    def balances(self) -> tuple[Decimal, ...]:
        return self.paid, self.granted, self.held, self.owed


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement: what it changed, what stood after it, its hash. `lines` is JSON, as it is hashed; `note` is not."""

    number: int
    at: dt.datetime
    kind: str
    service: str
    transaction_id: int | None
    corrects: int | None
    lines: str
    paid: Decimal
    granted: Decimal
    held: Decimal
    owed: Decimal
    paid_after: Decimal
    granted_after: Decimal
    held_after: Decimal
    owed_after: Decimal
    hash: str
    actor_id: int | None
    note: str

    def get_kind_display(self) -> str:
        return Kind(self.kind).label

    @property
    def stamp(self) -> str:
        """`at` as it is hashed."""
        return stamp(self.at)


@dataclass(frozen=True, slots=True)
class LotLine:
    """What was left of one lot at the opening and at the closing."""

    lot: Lot
    opening: Decimal
    closing: Decimal

    @property
    def change(self) -> Decimal:
        return self.closing - self.opening


@dataclass(frozen=True, slots=True)
class Statement:
    """What a member's account did from `since` until just before `until`; `held_against` is the second opinion."""

    member_id: int
    since: dt.datetime
    until: dt.datetime
    opening: Point
    closing: Point
    held_against: tuple[Decimal, ...]

    @property
    def change(self) -> tuple[Decimal, ...]:
        return tuple(b - a for a, b in zip(self.opening.balances, self.closing.balances, strict=True))

    @property
    def agrees(self) -> bool:
        return self.closing.balances == self.held_against

    @property
    def count(self) -> int:
        return self.closing.number - self.opening.number


def statement(member_id: int, since: dt.datetime, until: dt.datetime) -> Statement:
    """The statement of [since, until), or until now where that is sooner.

    The closing balances are held against the stored ones where it ends now, and else against those of its last instant.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM ledger_known_until(%s)", [member_id])
        now, *stored = cursor.fetchone()
        until = min(until, now)
        since = min(since, until)
        cursor.execute(
            f"""SELECT DISTINCT ON (at >= %s) at >= %s, number, {AFTER}, hash
                FROM ledger_statement(%s, %s) ORDER BY at >= %s, number DESC""",  # noqa: S608 (names from this module)
            [since, since, member_id, until, since],
        )
        points = {within: Point(*values) for within, *values in cursor.fetchall()}
        opening = points.get(False) or _beginning(cursor, member_id)
    if until < now:
        past = balances(member_id, at=until - dt.timedelta(microseconds=1))
        stored = [past.paid, past.granted, past.held, past.debt]
    return Statement(member_id, since, until, opening, points.get(True, opening), tuple(stored))


def movements(shown: Statement, after: int = 0, limit: int | None = None) -> Iterator[Movement]:
    """The movements of a statement in order, from the one after number `after`; streamed, so take all or few."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            """SELECT s.*, t.actor_id, coalesce(t.note, '') FROM ledger_statement(%s, %s) AS s
               LEFT JOIN ledger_transaction t ON t.id = s.transaction_id
               WHERE s.number > %s ORDER BY s.number LIMIT %s""",
            [shown.member_id, shown.until, max(after, shown.opening.number), limit],
        )
        while rows := cursor.fetchmany(CHUNK):
            for row in rows:
                yield Movement(*row)


def lots(shown: Statement) -> list[LotLine]:
    """The lots that the statement touches, or that hold what stands at its opening or closing."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT lot_id, coalesce(sum(amount) FILTER (WHERE at < %s), 0.0), sum(amount)
               FROM ledger_statement_lines(%s, %s) WHERE account IN ('paid', 'granted')
               GROUP BY lot_id HAVING max(at) >= %s OR sum(amount) <> 0 ORDER BY lot_id""",
            [shown.since, shown.member_id, shown.until, shown.since],
        )
        found = cursor.fetchall()
    known = Lot.objects.select_related("transaction").in_bulk([pk for pk, _, _ in found])
    return [LotLine(known[pk], opening, closing) for pk, opening, closing in found]


def stamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _beginning(cursor, member_id) -> Point:
    cursor.execute("SELECT ledger_genesis(%s)", [member_id])
    return Point(0, ZERO, ZERO, ZERO, ZERO, cursor.fetchone()[0])
