"""Numbers as PostgreSQL reads them fastest, page views in its binary COPY and arrays as text, and as it tells them.

A file of COPY is a head, rows and an end; a row says how many values it has, and of each its length before it.
Source: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

import datetime as dt
from collections.abc import Iterable
from itertools import chain, repeat
from struct import Struct, calcsize
from typing import TYPE_CHECKING

from psycopg import DataError
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from sitestats.recording import Seen

if TYPE_CHECKING:
    import numpy

# Column -> as struct has it; the one that may be empty comes last
COLUMNS = {
    **dict.fromkeys(("at", "visitor", "session"), "q"),
    **dict.fromkeys(("day", "path_id", "agent_id", "origin_id", "microseconds", "size"), "i"),
    **dict.fromkeys(("status", "identity"), "h"),
    "user_id": "q",
}
COPY = f"COPY sitestats_pageview ({', '.join(COLUMNS)}) FROM STDIN (FORMAT BINARY)"
_HEAD, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
*_FILLED, _LAST = COLUMNS.values()
_ROW, _SOMEBODY, _NOBODY = Struct(f"!h{''.join(f'i{each}' for each in _FILLED)}"), Struct(f"!i{_LAST}"), b"\xff" * 4
BEGAN = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # from where its days and microseconds are counted
ARRAYS = (1000, 1005, 1007, 1016, 1185)  # of boolean, smallint, integer, bigint, timestamptz: what Numbers loads
_FIRST_DAY, _FIRST_MOMENT = BEGAN.toordinal(), BEGAN.timestamp()


def packed(
    views: list[Seen], days: list[dt.date], sessions: list[tuple[int, int]], paths: list[int], agents: list[int]
) -> bytes:
    """The file of views, at least one: each with its day, session and origin, path, agent.

    Column by column, so that no row is made in between. struct.error: a number is too large.
    """
    told = dict(zip(Seen._fields, zip(*views, strict=True), strict=True))
    of_session, of_origin = zip(*sessions, strict=True)
    moments = [round((at - _FIRST_MOMENT) * 1e6) for at in told["at"]]
    numbers = [day.toordinal() - _FIRST_DAY for day in days]
    columns = (moments, told["visitor"], of_session, numbers, paths, agents, of_origin)
    columns += tuple(told[name] for name in ("microseconds", "size", "status", "identity"))
    lengths = [repeat(calcsize(f"!{each}")) for each in _FILLED]
    parts = chain.from_iterable(zip(lengths, columns, strict=True))
    rows = map(_ROW.pack, repeat(len(COLUMNS)), *parts)
    users = [_NOBODY if user is None else _SOMEBODY.pack(calcsize(f"!{_LAST}"), user) for user in told["user"]]
    return b"".join([_HEAD, *chain.from_iterable(zip(rows, users, strict=True)), _END])


def array(numbers: Iterable[float]) -> str:
    """As PostgreSQL writes an array. The driver makes one of a list, too, forty times as slowly."""
    return f"{{{','.join(map(str, numbers))}}}"


class Numbers(Loader):
    """An array of numbers as one of numpy; of moments, their microseconds since BEGAN. DataError: a NULL is among them.

    It begins with how many dimensions it has, whether any is NULL, the type, and of each dimension length and lower
    bound; then come the numbers, each with its length before it. Source: array_send in PostgreSQL's arrayfuncs.c.
    """

    format = Format.BINARY
    KINDS = {16: "?", 20: ">i8", 21: ">i2", 23: ">i4", 1184: ">i8"}  # by the type of a number

    def load(self, data: Buffer) -> "numpy.ndarray":
        import numpy  # which those who only store need not load

        dimensions, has_null, oid = numpy.frombuffer(data, ">i4", 3)
        if dimensions != 1 or has_null:
            raise DataError("Not an array of numbers alone")
        kind = numpy.dtype(self.KINDS[int(oid)])
        told = numpy.frombuffer(data, [("length", ">i4"), ("number", kind)], offset=calcsize("!5i"))
        return told["number"].astype(kind.newbyteorder("="))
