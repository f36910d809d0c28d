"""Time saved of each cut, in one statement: how many minutes by hand its maker was spared.

Minutes by hand, as they held when it was asked for (see baselines), count whole for a cut that was downloaded, shared
or kept for a day, and half for one that was only looked at; how long it was kept is told at the last look at the days
of usage, so that their rows and the cuts agree. The wait is taken off; so are, in equal parts, the waits of the same
maker and business day for what failed, was deleted or taken down, since who makes it again waits twice. None falls
below zero, and CAP minutes are the most of a maker and a day: all of that day shrink alike. Each is cut to the
hundredth, so that sums agree however they are added.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import islice

from django.db import connection
from django.db.models import DecimalField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from studio.models import Cut
from ui import clock

CAP = 480  # minutes
TRIED = timedelta(days=1)  # what is kept so long was not only looked at
HALF = 0.5
NAMES = ("low", "saved", "high", "lost")
NOTHING = [Decimal(0)] * 4
NAMED = re.compile(r"%\((\w+)\)s")
OF_ACCOUNT = "c.owner_id = accounts_user.id AND accounts_user.role = '' AND NOT accounts_user.is_demo"
# What housekeeping purged, nobody threw away
HAD = "(c.deleted_at IS NULL OR c.deleted_at IS NOT DISTINCT FROM c.purged_at)"
OF_MAKERS = "(c.owner_id = ANY(%(owners)s) OR c.visitor = ANY(%(visitors)s))"
TRIED_BEFORE = "coalesce((SELECT max(at) FROM accounting_usagelook), %(now)s) - interval '1 day'"
OF_DAYS = "c.created_at >= %(start)s AND c.created_at < %(end)s"

# Of cuts that came to an end, by `which`: id, and minutes low, saved, high, lost (the wait for one that nobody has)
SAVINGS = """
    SELECT id, {shown}, trunc(CASE WHEN kept THEN 0 ELSE waited END, 2) AS lost FROM (
        SELECT id, maker, day, kept, waited, {worth} FROM (
            SELECT *, coalesce(sum(waited) FILTER (WHERE NOT kept) OVER theirs
                               / nullif(count(*) FILTER (WHERE kept) OVER theirs, 0), 0) AS again
            FROM (
                SELECT c.id, coalesce(c.owner_id::text, c.visitor::text) AS maker,
                    (c.created_at AT TIME ZONE %(zone)s)::date AS day,
                    c.state = 'done' AND {had} AND c.taken_down_at IS NULL AS kept,
                    greatest(extract(epoch FROM c.finished_at - c.queued_at) / 60, 0) AS waited,
                    CASE WHEN c.downloads > 0 OR c.shares > 0 OR c.created_at < {tried} THEN 1
                         ELSE %(half)s END AS credit, b.low, (b.low + b.high) / 2.0 AS saved, b.high
                FROM studio_cut c LEFT JOIN LATERAL (
                    SELECT low, high FROM accounting_timebaseline
                    WHERE service = c.service AND valid_from <= c.created_at ORDER BY valid_from DESC, id DESC LIMIT 1
                ) b ON true
                WHERE c.state IN ('done', 'failed') AND {which}
            ) cuts WINDOW theirs AS (PARTITION BY maker, day)
        ) waits
    ) worth WINDOW theirs AS (PARTITION BY maker, day)
"""
WORTH = "CASE WHEN kept THEN greatest(coalesce(credit * {name}, 0) - waited - again, 0) ELSE 0 END AS {name}"
SHOWN = "trunc(least({name}, {name} * %(cap)s / nullif(sum({name}) OVER theirs, 0)), 2) AS {name}"

MINUTES = DecimalField(max_digits=14, decimal_places=2)
OF_ALL = "(SELECT coalesce(sum(saved), 0) FROM ({}) AS savings)"


def statement(which: str) -> str:
    """A SELECT of the savings of the cuts `c` that `which` names: whole days of whole makers, or they come out wrong.

    Its parameters: `params()`, and those of `which`.
    """
    worth, shown = (", ".join(one.format(name=name) for name in NAMES[:3]) for one in (WORTH, SHOWN))
    return SAVINGS.format(which=which, had=HAD, tried=TRIED_BEFORE, worth=worth, shown=shown)


def params() -> dict:
    """What each statement of savings is executed with."""
    return {"zone": str(clock.zone()), "now": timezone.now(), "half": HALF, "cap": CAP}


def told(cuts: Iterable[Cut]) -> Iterator[Cut]:
    """The same cuts, each with `low`, `saved`, `high` and `lost`, in minutes."""
    rest = iter(cuts)
    while some := list(islice(rest, 1000)):
        found = _of(some)
        for cut in some:
            for name, minutes in zip(NAMES, found.get(cut.pk, NOTHING), strict=True):
                setattr(cut, name, minutes)
            yield cut


def _of(cuts: list[Cut]) -> dict[int, list[Decimal]]:
    days = [cut.created_at.astimezone(clock.zone()).date() for cut in cuts]
    theirs = {
        "start": clock.midnight(min(days)),
        "end": clock.midnight(max(days) + timedelta(days=1)),
        "owners": [cut.owner_id for cut in cuts if cut.owner_id],
        "visitors": [cut.visitor for cut in cuts if cut.visitor],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement(f"{OF_DAYS} AND {OF_MAKERS}"), params() | theirs)
        return {pk: minutes for pk, *minutes in cursor.fetchall()}


def of_accounts() -> RawSQL:
    """Minutes that all cuts of an account saved, as an expression over accounts; 0 for staff and the demo."""
    named, values = statement(OF_ACCOUNT), params()
    ordered = [values[name] for name in NAMED.findall(named)]
    found = OF_ALL.format(NAMED.sub("%s", named))
    return RawSQL(found, ordered, output_field=MINUTES)  # noqa: S611 - all of it is written here
