"""The hours of one day: kept of all its views; with a filter they are counted from the views, while these are there.

A visitor and a session count in each hour; a visitor with the first source of the hour.
"""

import datetime as dt
from dataclasses import dataclass, replace

from django.db import connection

from sitestats import figures
from sitestats.asking import Asked
from sitestats.figures import UNKNOWN, Figures
from sitestats.models import HourSlice

HOUR = dt.timedelta(hours=1)
SEEN = """SELECT date_bin('1 hour', at, %(start)s) AS hour, kind, visitor, session, at,
        %(origins)s::int[] IS NULL OR origin_id = ANY(%(origins)s::int[]) AS meant
    FROM sitestats_pageview p JOIN sitestats_useragent a ON a.id = agent_id
    WHERE day = %(day)s AND status < 400 AND (%(device)s = '' OR device = %(device)s)
        AND (%(path)s = '' OR path_id = (SELECT id FROM sitestats_path WHERE text = %(path)s))"""
# Of visitors who did not come from the source at all nothing is counted
THEIRS = """(%(origins)s::int[] IS NULL OR visitor IN (
        SELECT visitor FROM sitestats_pageview WHERE day = %(day)s AND origin_id = ANY(%(origins)s::int[])))"""
VIEWS = f"SELECT hour, kind, count(*), 0, 0 FROM ({SEEN}) seen WHERE meant GROUP BY hour, kind"  # noqa: S608 - constants
COUNTED = f"""WITH seen AS MATERIALIZED (
        {SEEN} AND {THEIRS}
    ), visitors AS (
        SELECT hour, kind, sum(views) AS views, count(*) FILTER (WHERE first = first_meant) AS visitors FROM (
            SELECT hour, kind, count(*) FILTER (WHERE meant) AS views, min(at) AS first,
                min(at) FILTER (WHERE meant) AS first_meant
            FROM seen GROUP BY hour, kind, visitor) each GROUP BY hour, kind
    )
    SELECT hour, kind, views, visitors, sessions FROM visitors JOIN (
        SELECT hour, kind, count(*) AS sessions FROM (SELECT DISTINCT hour, kind, session FROM seen WHERE meant) each
        GROUP BY hour, kind) stays USING (hour, kind)"""  # noqa: S608


@dataclass(frozen=True)
class Trend:
    """A day, hour or month by kind, and the views of what is in its place in the period before.

    None, and UNKNOWN, are of what was not recorded.
    """

    day: dt.date
    hour: dt.datetime | None  # when it begins; None for a whole day
    human: Figures
    bot: Figures
    ai: Figures
    unknown: Figures
    human_before: int | None
    bot_before: int | None
    ai_before: int | None
    unknown_before: int | None

    def of(self, kinds: list[str]) -> Figures:
        """Of these together: whoever sees a page is of one kind."""
        some = [getattr(self, kind) for kind in kinds]
        return _told(*(_sum([getattr(each, name) for each in some]) for name in ("views", "visitors", "sessions")))

    def before(self, kinds: list[str]) -> int | None:
        return _sum([getattr(self, f"{kind}_before") for kind in kinds])


def by_hour(asked: Asked, *, only_views: bool = False) -> dict[tuple[int, str], Figures]:
    """Views, visitors and sessions of each hour of one day that has any, from 0 on, by kind; whatever the traffic.

    `only_views`: visitors and sessions, which take most of the time of a part, are not counted.
    """
    start, day = asked.period.start, asked.period.first
    if not asked.is_part:
        return {
            ((each.hour - start) // HOUR, each.kind): _told(each.views, each.visitors, each.sessions)
            for each in HourSlice.objects.filter(day=day)
        }
    told = {"day": day, "start": start, "path": asked.path, "device": asked.device}
    told["origins"] = figures.numbers_of_origins(asked) if asked.source else None
    with connection.cursor() as cursor:
        cursor.execute(VIEWS if only_views else COUNTED, told)
        found = cursor.fetchall()
    return {((hour - start) // HOUR, kind): _told(*map(int, numbers)) for hour, kind, *numbers in found}


def _told(views: int | None, visitors: int | None, sessions: int | None) -> Figures:
    return replace(UNKNOWN, views=views, visitors=visitors, sessions=sessions)


def _sum(numbers: list[int | None]) -> int | None:
    return None if None in numbers else sum(numbers)
