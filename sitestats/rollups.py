"""Page views added up by day and hour. A day is rebuilt from its views as a whole: twice gives the same rows."""

import datetime as dt
import logging
import time

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from alerts.models import raise_alert, settle
from sitestats import agents, dictionaries, salts
from sitestats.models import Batch, Day, DaySlice, HourSlice, UserAgent
from sitestats.storing import make_partition
from tunables import values
from ui import clock

log = logging.getLogger("sitestats")
AHEAD = 3  # days
ALERT = "sitestats:conservation"
# A session that came over midnight does not begin here, and one that goes on tomorrow does not end here. A visitor has
# one agent, and a session one origin: so the different ones are counted by the first view of each, without DISTINCT
REBUILD = """WITH v AS MATERIALIZED (
    SELECT p.path_id, p.origin_id, p.agent_id, a.kind, a.device, p.at, p.visitor, p.session, p.status, p.size,
        p.microseconds, fine,
        fine AND lag(at) OVER s IS NULL AS s1,
        fine AND lag(at) OVER s IS NULL AND NOT EXISTS (
            SELECT FROM sitestats_pageview o WHERE o.day = %(day)s - 1 AND o.session = p.session
                AND o.at > %(start)s - interval '31 minutes' AND o.status < 400) AS enters,
        fine AND lead(at) OVER s IS NULL AND NOT EXISTS (
            SELECT FROM sitestats_pageview o WHERE o.day = %(day)s + 1 AND o.session = p.session
                AND o.at < %(end)s + interval '31 minutes' AND o.status < 400) AS leaves,
        fine AND row_number() OVER (PARTITION BY fine, session, path_id) = 1 AS sp1,
        fine AND row_number() OVER (PARTITION BY fine, visitor, path_id) = 1 AS vp1,
        fine AND row_number() OVER (PARTITION BY fine, visitor, path_id, origin_id) = 1 AS vpo1,
        fine AND row_number() OVER (PARTITION BY fine, visitor, origin_id) = 1 AS vo1,
        fine AND row_number() OVER (PARTITION BY fine, visitor) = 1 AS v1
    FROM (SELECT *, status < 400 AS fine FROM sitestats_pageview WHERE day = %(day)s) p
    JOIN sitestats_useragent a ON a.id = p.agent_id
    WINDOW s AS (PARTITION BY fine, session ORDER BY at, path_id)
), by_day AS (
    INSERT INTO sitestats_dayslice (day, by, kind, path, origin, agent, device, {figures})
    SELECT %(day)s, CASE grouping(path_id, origin_id, agent_id, device)
            WHEN 15 THEN 'all' WHEN 7 THEN 'path' WHEN 11 THEN 'origin' WHEN 13 THEN 'agent' WHEN 14 THEN 'device'
            WHEN 3 THEN 'path+origin' WHEN 6 THEN 'path+device' WHEN 10 THEN 'origin+device' END,
        kind, coalesce(path_id, 0), coalesce(origin_id, 0), coalesce(agent_id, 0), coalesce(device, ''),
        count(*) FILTER (WHERE fine),
        CASE grouping(path_id, origin_id) WHEN 0 THEN count(*) FILTER (WHERE vpo1)
            WHEN 1 THEN count(*) FILTER (WHERE vp1) WHEN 2 THEN count(*) FILTER (WHERE vo1)
            ELSE count(*) FILTER (WHERE v1) END,
        CASE grouping(path_id) WHEN 0 THEN count(*) FILTER (WHERE sp1) ELSE count(*) FILTER (WHERE s1) END, {sums}
    FROM v GROUP BY GROUPING SETS ((kind), (kind, path_id), (kind, origin_id), (kind, agent_id), (kind, device),
        (kind, path_id, origin_id), (kind, path_id, device), (kind, origin_id, device))
)
INSERT INTO sitestats_hourslice (day, hour, kind, {figures})
SELECT %(day)s, date_trunc('hour', at, %(zone)s), kind, count(*) FILTER (WHERE fine),
    count(DISTINCT visitor) FILTER (WHERE fine), count(DISTINCT session) FILTER (WHERE fine), {sums}
FROM v GROUP BY 2, 3""".format(  # noqa: S608 (two texts of ours)
    figures="views, visitors, sessions, entries, exits, bounces, not_found, errors, size, microseconds",
    sums="""count(*) FILTER (WHERE enters), count(*) FILTER (WHERE leaves), count(*) FILTER (WHERE enters AND leaves),
        count(*) FILTER (WHERE status IN (404, 410)), count(*) FILTER (WHERE NOT fine),
        sum(size::bigint), sum(microseconds::bigint)""",
)
# In one statement, so of one moment: what was served is accounted for, and what was counted is there
LOST = """SELECT
        coalesce(sum(number) FILTER (WHERE what = 'served'), 0)
        - coalesce(sum(number) FILTER (WHERE what NOT IN ('served', 'erased')), 0),
        coalesce(sum(number) FILTER (WHERE what = 'counted'), 0)
        - coalesce(sum(number) FILTER (WHERE what = 'erased'), 0)
        - (SELECT count(*) FROM sitestats_pageview WHERE day = %(day)s)
    FROM sitestats_tally WHERE day = %(day)s"""


def catch_up() -> list[dt.date]:
    """Rebuild the days whose views have changed and look whether any view is missing. The days that were rebuilt."""
    reclassify()
    days = list(
        Day.objects.filter(day__gte=_oldest())
        .exclude(built=F("revision"))
        .order_by("day")
        .values_list("day", flat=True)
    )
    for day in days:
        rebuild(day)
    _watch()
    return days


def rebuild(day: dt.date) -> None:
    """All rollups of a day, in one transaction; what two processes do at once, they do one after the other."""
    began = time.monotonic()
    end = day + dt.timedelta(days=1)
    told = {"day": day, "start": clock.midnight(day), "end": clock.midnight(end), "zone": str(clock.zone())}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('sitestats.rebuild'))")
        revision = Day.objects.get(day=day).revision  # before the views are read: what comes later raises it
        HourSlice.objects.filter(day=day).delete()
        DaySlice.objects.filter(day=day).delete()
        cursor.execute(REBUILD, told)
        cursor.execute("SELECT count(*) FROM sitestats_pageview WHERE day = %s", [day])
        (views,) = cursor.fetchone()
        Day.objects.filter(day=day).update(
            built=revision, built_at=timezone.now(), views=views, seconds=time.monotonic() - began
        )


def reclassify() -> int:
    """Judge user agents anew after a change of the rules; the days that are kept are then rebuilt. How many changed."""
    old = list(UserAgent.objects.filter(rules__lt=agents.RULES_VERSION).order_by("id"))
    if not old:
        return 0
    for agent in old:
        for name, value in zip(dictionaries.JUDGED, dictionaries.judged(agent.text), strict=True):
            setattr(agent, name, value)
    with transaction.atomic():
        UserAgent.objects.bulk_update(old, dictionaries.JUDGED, batch_size=1000)
        Day.objects.filter(day__gte=_oldest()).update(revision=F("revision") + 1)
    return len(old)


def tend() -> None:
    """Partitions for the days to come, none beyond the retention; salts and batches whose time is over."""
    today = _today()
    for ahead in range(AHEAD + 1):
        make_partition(today + dt.timedelta(days=ahead))
    with connection.cursor() as cursor:
        cursor.execute("SELECT sitestats_drop_partitions(%s)", [_oldest()])
    salts.destroy(timezone.now())
    Batch.objects.filter(at__lt=timezone.now() - dt.timedelta(days=7)).delete()


def missing(day: dt.date) -> tuple[int, int]:
    """Requests that were served and of which nobody knows what became; views that were counted and are not there."""
    with connection.cursor() as cursor:
        cursor.execute(LOST, {"day": day})
        return cursor.fetchone()


def _watch() -> None:
    today = _today()
    lost = {day: missing(day) for day in (today - dt.timedelta(days=1), today)}
    if any(any(numbers) for numbers in lost.values()):
        told = "; ".join(f"{day}: {unknown} unaccounted, {gone} not there" for day, (unknown, gone) in lost.items())
        raise_alert(ALERT, "Page views do not add up", told, severity="bad")
    else:
        settle(ALERT)


def _today() -> dt.date:
    return timezone.now().astimezone(clock.zone()).date()


def _oldest() -> dt.date:
    """The first day whose single views are kept."""
    return _today() - dt.timedelta(days=values.get("page_view_days"))
