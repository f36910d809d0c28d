"""Page views as rows of PostgreSQL's binary COPY, which are packed and read in a fraction of the time of text.

A file of it is a head, rows and an end; a row says how many values it has, and of each its length before it.
Source: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

import datetime as dt
from collections.abc import Iterable
from struct import Struct

from sitestats.recording import Seen

# Column -> as struct has it; the one that may be empty comes last
COLUMNS = {
    **dict.fromkeys(("at", "visitor", "session"), "q"),
    **dict.fromkeys(("day", "path_id", "agent_id", "origin_id", "microseconds", "size"), "i"),
    **dict.fromkeys(("status", "identity"), "h"),
    "user_id": "q",
}
COPY = f"COPY sitestats_pageview ({', '.join(COLUMNS)}) FROM STDIN (FORMAT BINARY)"
_HEAD, _END, _EMPTY = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff", -1
_VALUES = [f"i{each}" for each in COLUMNS.values()]
_OF_SOMEBODY, _OF_NOBODY = Struct(f"!h{''.join(_VALUES)}"), Struct(f"!h{''.join(_VALUES[:-1])}i")
_BEGAN = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # from where its days and microseconds are counted
_FIRST_DAY, _FIRST_MOMENT = _BEGAN.toordinal(), _BEGAN.timestamp()


def packed(rows: Iterable[tuple[Seen, dt.date, int, int, int, int]]) -> bytes:
    """The file of views, each with its day, session, origin, path and agent. struct.error: a number is too large."""
    parts = [_HEAD]
    for view, day, session, origin, path, agent in rows:
        moment = round((view.at - _FIRST_MOMENT) * 1e6)
        row = (len(COLUMNS), 8, moment, 8, view.visitor, 8, session, 4, day.toordinal() - _FIRST_DAY)
        row += (4, path, 4, agent, 4, origin, 4, view.microseconds, 4, view.size, 2, view.status, 2, view.identity)
        parts.append(_OF_NOBODY.pack(*row, _EMPTY) if view.user is None else _OF_SOMEBODY.pack(*row, 8, view.user))
    parts.append(_END)
    return b"".join(parts)
