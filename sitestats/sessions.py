"""Which session a view or a deed is of: the one of its visitor that goes on, or a new one, which comes whence it does.

It goes on over one midnight, not two: a session without an end would join each day's number of its visitor.

Read and kept while nobody else stores, so that what two processes know of a visitor's session is in order.
"""

import secrets
from struct import iter_unpack

from sitestats.copying import array
from sitestats.recording import Did, Seen
from sitestats.salts import IDLE

SLACK = 1.0  # seconds, by which a moment may be rounded at most
# Those that may go on: of who was here long before, the session is over
RUNNING = """SELECT visitor, session, origin, date_part('epoch', last_at), is_carried
    FROM sitestats_visit
    WHERE visitor = ANY(%s::bigint[]) AND last_at BETWEEN to_timestamp(%s) AND to_timestamp(%s)"""
# Nobody else adds any meanwhile, so no conflict need be looked for
KEEP = """MERGE INTO sitestats_visit USING (
        SELECT v, s, o, to_timestamp(l) AS l, c
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::float[], %s::bool[]) AS each (v, s, o, l, c)
    ) t ON visitor = v
    WHEN MATCHED THEN UPDATE SET session = s, origin = o, last_at = l, is_carried = c
    WHEN NOT MATCHED THEN INSERT (visitor, session, origin, last_at, is_carried) VALUES (v, s, o, l, c)"""
# Visitor -> session, its origin, when it was last seen, whether it went on from the day before
Visits = dict[int, tuple[int, int, float, bool]]


def running(cursor, came: list[Seen | Did]) -> Visits:
    """The sessions that may go on, of all who came; these in order of time."""
    if not came:
        return {}
    numbers = {each.visitor for each in came} | {each.before for each in came} - {0}
    first, last = came[0].at - IDLE - SLACK, came[-1].at + IDLE + SLACK
    cursor.execute(RUNNING, [array(numbers), first, last])
    return {visitor: tuple(visit) for visitor, *visit in cursor.fetchall()}


def assign(came: list[Seen | Did], origins: list[int], visits: Visits) -> list[tuple[int, int]]:
    """Of each the session and its origin, by today's number or yesterday's; `visits` are then those after it.

    `origins`: of sessions that begin with them.
    """
    found, new = [], iter_unpack("Q", secrets.token_bytes(8 * len(came)))
    for each, origin in zip(came, origins, strict=True):
        visit = visits.get(each.visitor) or _carried(visits.get(each.before))
        if visit is None or abs(each.at - visit[2]) > IDLE:
            (number,) = next(new)
            visit = (number >> 1, origin, each.at, False)  # as a bigint holds it
        visits[each.visitor] = (visit[0], visit[1], max(visit[2], each.at), visit[3])
        found.append(visit[:2])
    return found


def _carried(visit: tuple | None) -> tuple | None:
    """Yesterday's visit as one of today; None where it went on from the day before already."""
    return (*visit[:3], True) if visit and not visit[3] else None


def keep(cursor, came: list[Seen | Did], visits: Visits) -> None:
    """Write down the visits of all who came, so that whoever stores next finds them."""
    kept = [(visitor, *visits[visitor]) for visitor in sorted({each.visitor for each in came})]
    if kept:
        cursor.execute(KEEP, [array(column) for column in zip(*kept, strict=True)])
