"""The rows of days of usage, from the cuts. A day is rebuilt whole: the same rows come out whenever and however often.

Triggers note each cut that is new or changes in a way that counts, in the transaction that changes it; `catch_up`
takes the notes away and rebuilds their days, and those whose cuts have been kept for a day by now. A day that is noted
is read from the cuts themselves until then: what a page shows is never old, but for how many different people came
today, which is a minute old.
"""

import datetime as dt
from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone

from accounting.models import DayReturn, DayUsage, UsageChange, UsageLook
from accounting.rollups import spans
from accounting.usage import savings
from ui import clock

LOCK = 0x5553_4547  # "USEG": one look at a time
LATE = dt.timedelta(minutes=5)  # a look comes every minute
AT_ONCE = 31  # days that one statement rebuilds, so that it sorts in memory
DAY = dt.timedelta(days=1)
# What is added up of the cuts of a row
SUMS = {
    "asked": "count(*)",
    "made": "count(*) FILTER (WHERE made)",
    "failed": "count(*) FILTER (WHERE state = 'failed')",
    "kept": "count(*) FILTER (WHERE kept)",
    "downloaded": "count(*) FILTER (WHERE made AND downloads > 0)",
    "shared": "count(*) FILTER (WHERE made AND shares > 0)",
    "took_ms": "coalesce(sum(took) FILTER (WHERE made), 0)",
    "queued_ms": "coalesce(sum(waited) FILTER (WHERE made), 0)",
    "provider_ms": "coalesce(sum(provider_ms) FILTER (WHERE made), 0)",
    "render_ms": "coalesce(sum(render_ms) FILTER (WHERE made), 0)",
    **{name: f"coalesce(sum({name}), 0)" for name in savings.NAMES},
}
BUCKET = 0.04  # a bucket of `took` is so much wider than the one before: a percentile is told to within 2 %

# Each cut stands in the row of all ('') and in one of each of its parts; in `feature` and `reason` where it has any
ROWS = """
    WITH base AS (
        SELECT c.*, (c.created_at AT TIME ZONE %(zone)s)::date AS day, c.state = 'done' AS made, {makers} AS makers,
            c.state = 'done' AND {had} AS kept,
            greatest(extract(epoch FROM c.finished_at - c.queued_at) * 1000, 0)::bigint AS took,
            greatest(extract(epoch FROM c.started_at - c.queued_at) * 1000, 0)::bigint AS waited
        FROM studio_cut c LEFT JOIN accounts_user u ON u.id = c.owner_id
        WHERE c.created_at >= %(start)s AND c.created_at < %(end)s
    )
    SELECT day, makers, part, value, {sums}
    FROM base c {savings} CROSS JOIN LATERAL (VALUES {parts}) AS parts (part, value)
    WHERE value IS NOT NULL GROUP BY 1, 2, 3, 4
"""
MAKERS = """
    CASE WHEN c.owner_id IS NULL THEN CASE WHEN c.is_demo THEN 'demo' ELSE 'visitor' END
         WHEN u.role <> '' THEN 'staff' WHEN u.is_demo THEN 'demo' ELSE 'member' END
"""
# The value of each part, of the row `c`; of features there are several
PARTS = {
    "": "''",
    "category": "coalesce(category_id::text, 'none')",
    "frame": "frame_id::text",
    "style": "style_id::text",
    **{name: name for name in ("mood", "language", "genre", "service")},
    "reason": "CASE WHEN state = 'failed' THEN left(error, 500) END",
    "took": f"CASE WHEN made THEN floor(ln(greatest(took, 1)) / ln(1 + {BUCKET}))::int::text END",
    "feature": "",
}
# What a cut may have besides: the condition on its row `c`
FEATURES = {
    "poem": "'poem' = ANY(made_with)",
    "image": "'image' = ANY(made_with)",
    "composed": "'music' = ANY(made_with) OR track_id IN (SELECT t.id FROM musicpool_track t"
    " JOIN catalog_asset a ON a.id = t.asset_id WHERE a.origin = 'generated')",
    "own_music": "own_music_id IS NOT NULL",
    "own_pictures": "EXISTS (SELECT FROM studio_cutimage i JOIN catalog_asset a ON a.id = i.asset_id"
    " WHERE i.cut_id = c.id AND a.owner_id IS NOT NULL)",
    "link": "c.shared",
    "wall": "on_wall",
    "sized": "EXISTS (SELECT FROM studio_sizedpicture z WHERE z.cut_id = c.id)",
}
# Of everybody who asked for a cut on a day (and every poem that one was made of): on which day that was last before
RETURNS = """
    INSERT INTO accounting_dayreturn (day, makers, what, before, number)
    SELECT day, makers, '{what}', before, count(*) FROM (
        SELECT day, makers, lag(day) OVER (PARTITION BY who, makers ORDER BY day) AS before FROM (
            SELECT DISTINCT c.{key} AS who, (c.created_at AT TIME ZONE %(zone)s)::date AS day, makers
            FROM studio_cut c LEFT JOIN accounts_user u ON u.id = c.owner_id CROSS JOIN LATERAL (
                SELECT {makers} UNION ALL SELECT '' WHERE {makers} IN ('member', 'visitor')) AS m (makers)
            WHERE c.{key} IN (SELECT {key} FROM studio_cut WHERE created_at >= %(start)s)
        ) AS days
    ) AS found WHERE day >= %(first)s GROUP BY 1, 2, 4
"""


WHO = {"owner": "owner_id", "visitor": "visitor", "poem": "poem_hash"}


def catch_up() -> UsageLook | None:
    """Rebuild the days that a noted cut belongs to; all of them at first, and in a new time zone.

    None while another look is under way.
    """
    now, zone = timezone.now(), str(clock.zone())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("DELETE FROM accounting_usagechange RETURNING at, anew")
        noted, last = cursor.fetchall(), UsageLook.objects.filter(zone=zone).first()
        look, _ = UsageLook.objects.update_or_create(pk=1, defaults={"at": now, "zone": zone})  # savings ask it
        if last is None:
            _rebuild_all(cursor)
        else:
            kept = _days(_day(last.at - savings.TRIED), _day(now - savings.TRIED))
            anew = [_day(at) for at, is_anew in noted if is_anew]
            _rebuild(cursor, sorted({_day(at) for at, _ in noted}.union(kept)), min(anew, default=None))
        return look


def rebuild(first: dt.date, last: dt.date) -> None:
    """Make the rows of these days anew, both included, whatever they say."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SET LOCAL statement_timeout = 0")
        _rebuild(cursor, _days(first, last), first)


def unread(first: dt.date, last: dt.date) -> tuple[list[dt.date], dt.date | None]:
    """Of these days those whose rows do not say all, in their order; and from which day on who came is not known.

    Who came today is told as of the last look, if looks come: somebody new would be looked for in all days.
    """
    now, look = timezone.now(), UsageLook.objects.filter(zone=str(clock.zone())).first()
    if look is None:
        return _days(first, last), first
    noted = [(_day(at), anew) for at, anew in UsageChange.objects.values_list("at", "anew")]
    known = _day(now) if now - look.at < LATE else None
    since = min((day for day, anew in noted if anew and day != known), default=None)
    return sorted({day for day, _ in noted if first <= day <= last}), since


def select(cursor, first: dt.date, last: dt.date, parts: Iterable[str], names: Iterable[str]) -> None:
    """Ask for the rows of these days from the cuts: day, makers, part, value, and these SUMS."""
    cursor.execute(_statement(parts, names), _params(first, last))


def _rebuild_all(cursor) -> None:
    DayUsage.objects.all().delete()
    DayReturn.objects.all().delete()
    cursor.execute("SELECT min(created_at), max(created_at) FROM studio_cut")
    first, last = cursor.fetchone()
    if first:
        _rebuild(cursor, _days(_day(first), _day(last)), _day(first))


def _rebuild(cursor, days: list[dt.date], anew: dt.date | None) -> None:
    cursor.execute("SET LOCAL enable_sort = off")  # few rows come out of many parts of cuts, which no planner can know
    for since, until in spans(days):
        for first in _days(since, until)[::AT_ONCE]:
            last = min(until, first + (AT_ONCE - 1) * DAY)
            DayUsage.objects.filter(day__range=(first, last)).delete()
            columns = ", ".join(SUMS)
            into = f"INSERT INTO accounting_dayusage (day, makers, part, value, {columns})"
            cursor.execute(into + _statement(PARTS, SUMS), _params(first, last))
    cursor.execute("SET LOCAL enable_sort = on")
    if anew:
        DayReturn.objects.filter(day__gte=anew).delete()
        for what, key in WHO.items():
            cursor.execute(RETURNS.format(what=what, key=key, makers=MAKERS), _params(anew, anew) | {"first": anew})


def _statement(parts: Iterable[str], names: Iterable[str]) -> str:
    values = [f"('{part}', {PARTS[part]})" for part in parts if part != "feature"]
    if "feature" in parts:
        values += [f"('feature', CASE WHEN {has} THEN '{name}' END)" for name, has in FEATURES.items()]
    saved = f"LEFT JOIN ({savings.statement(savings.OF_DAYS)}) s ON s.id = c.id"
    return ROWS.format(
        makers=MAKERS,
        had=savings.HAD,
        sums=", ".join(SUMS[name] for name in names),
        savings="" if set(savings.NAMES).isdisjoint(names) else saved,
        parts=", ".join(values),
    )


def _params(first: dt.date, last: dt.date) -> dict:
    return savings.params() | {"start": clock.midnight(first), "end": clock.midnight(last + DAY)}


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(clock.zone()).date()


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + number * DAY for number in range((last - first).days + 1)]
