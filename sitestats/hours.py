"""The hours of one day: kept of all its views; with a filter they are counted from the views, while these are there.

A visitor and a session count in each hour; a visitor with the first source of the hour.
"""

import datetime as dt
from dataclasses import replace
from itertools import groupby

from django.db import connection

from sitestats.asking import Asked
from sitestats.figures import NUMBERS, UNKNOWN, Figures
from sitestats.models import HourSlice, Origin

HOUR = dt.timedelta(hours=1)
COUNTED = """WITH seen AS MATERIALIZED (
        SELECT width_bucket(at, %(hours)s::timestamptz[]) - 1 AS hour, kind, visitor, session, at,
            %(origins)s::int[] IS NULL OR origin_id = ANY(%(origins)s::int[]) AS meant
        FROM sitestats_pageview p JOIN sitestats_useragent a ON a.id = agent_id
        WHERE day = %(day)s AND status < 400 AND (%(device)s = '' OR device = %(device)s)
            AND (%(path)s = '' OR path_id = (SELECT id FROM sitestats_path WHERE text = %(path)s))
    ), visitors AS (
        SELECT hour, kind, sum(views) AS views, count(*) FILTER (WHERE first = first_meant) AS visitors FROM (
            SELECT hour, kind, count(*) FILTER (WHERE meant) AS views, min(at) AS first,
                min(at) FILTER (WHERE meant) AS first_meant
            FROM seen GROUP BY hour, kind, visitor) each GROUP BY hour, kind
    )
    SELECT hour, kind, views, visitors, sessions FROM visitors JOIN (
        SELECT hour, kind, count(*) AS sessions FROM (SELECT DISTINCT hour, kind, session FROM seen WHERE meant) each
        GROUP BY hour, kind) stays USING (hour, kind)"""


def by_hour(asked: Asked) -> dict[tuple[int, str], Figures]:
    """Views, visitors and sessions of each hour of one day that has any, from 0 on, by kind; whatever the traffic."""
    start, day = asked.period.start, asked.period.first
    if not asked.is_part:
        return {
            ((each.hour - start) // HOUR, each.kind): _told(each.views, each.visitors, each.sessions)
            for each in HourSlice.objects.filter(day=day)
        }
    origins = Origin.objects.filter(**asked.origin).values_list("pk", flat=True) if asked.source else None
    told = {
        "day": day,
        "path": asked.path,
        "device": asked.device,
        "origins": None if origins is None else list(origins),
    }
    told["hours"] = [start + number * HOUR for number in range((asked.period.end - start) // HOUR)]
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, told)
        return {(hour, kind): _told(*map(int, numbers)) for hour, kind, *numbers in cursor.fetchall()}


def _told(views: int, visitors: int, sessions: int) -> Figures:
    return replace(UNKNOWN, views=views, visitors=visitors, sessions=sessions)


def by_month(days: list, kinds: tuple[str, ...]) -> list:
    """Of the trends of days those of months, on the first of their days; before are the days in the place of theirs."""
    months = [list(some) for _, some in groupby(days, lambda one: one.day.replace(day=1))]
    return [replace(some[0], **_added(some, kinds)) for some in months]


def _added(some: list, kinds: tuple[str, ...]) -> dict:
    told = {}
    for kind in kinds:
        each = [getattr(one, kind) for one in some]
        told[kind] = Figures(**{number: sum(getattr(figures, number) for figures in each) for number in NUMBERS})
    for name in (f"{kind}_before" for kind in kinds):
        before = [getattr(one, name) for one in some]
        told[name] = None if None in before else sum(before)
    return told
