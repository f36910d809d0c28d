"""Page views of 30 days by SQL, the same ones in our partitions and in one raw event table with its usual indexes."""

import datetime as dt

DAYS = 30
# A session has four views; one visitor in seven has two; 11 of 20 are bots, a fifth of whose pages are not there
VIEWS = """INSERT INTO sitestats_pageview
    (at, visitor, session, user_id, day, path_id, agent_id, origin_id, microseconds, size, status)
    SELECT %(start)s + (s * %(gap)s + j * 37) * interval '1 second', v, hashint8extended(s, %(seed)s),
        CASE WHEN NOT bot AND s %% 10 = 0 THEN s %% 5000 + 1 END, %(day)s,
        CASE WHEN bot AND chance %% 5 = 0 THEN (%(lost)s::int[])[1 + chance %% %(losts)s]
            ELSE (%(paths)s::int[])[1 + chance %% %(path)s] END,
        CASE WHEN bot THEN (%(bots)s::int[])[1 + v_abs %% %(bot)s]
            ELSE (%(people)s::int[])[1 + v_abs %% %(person)s] END,
        (%(origins)s::int[])[1 + CASE WHEN bot OR s %% 3 = 0 THEN 0 ELSE s %% %(origin)s END],
        2000 + chance %% 90000, 2000 + chance %% 60000, CASE WHEN bot AND chance %% 5 = 0 THEN 404 ELSE 200 END
    FROM (SELECT s, j, v, abs(v %% 1000003)::int AS v_abs,
            abs(hashint8extended(s * 4 + j, %(seed)s) %% 1000003)::int AS chance, abs(v %% 1000003) %% 20 < 11 AS bot
        FROM generate_series(0::bigint, %(sessions)s - 1) s, generate_series(0, 3) j,
            LATERAL (SELECT hashint8extended(s - (s %% 7 = 0)::int, %(seed)s + 1) AS v) one) each"""
# As Umami keeps them in PostgreSQL: one row with everything, and an index for each question
RAW = """CREATE UNLOGGED TABLE bench_event AS
    SELECT gen_random_uuid() AS event_id, '6d0a4d7e-9c5e-4b0a-8c0d-2e117f4c5f0e'::uuid AS website_id,
        v.session AS session_id, v.visitor AS visit_id, v.at AS created_at, v.day, w.text AS url_path, o.channel,
        o.source, o.referrer, a.kind, a.name, a.operator, a.purpose, a.device, a.browser, a.os, v.status,
        v.microseconds, v.size, v.user_id
    FROM sitestats_pageview v JOIN sitestats_path w ON w.id = v.path_id JOIN sitestats_origin o ON o.id = v.origin_id
    JOIN sitestats_useragent a ON a.id = v.agent_id"""
INDEXES = (
    *("event_id", "created_at", "session_id", "visit_id", "website_id", "website_id, created_at"),
    *("website_id, created_at, url_path", "website_id, created_at, source", "website_id, created_at, referrer"),
    *("website_id, created_at, device", "website_id, session_id, created_at", "website_id, visit_id, created_at"),
)


def fill(views: int) -> list[dt.date]:
    """The days, filled and rebuilt."""
    from django.db import connection
    from django.utils import timezone

    from sitestats import rollups
    from sitestats.models import Day
    from sitestats.storing import make_partition

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE sitestats_pageview, sitestats_day, sitestats_dayslice, sitestats_hourslice")
        cursor.execute("DROP TABLE IF EXISTS bench_event")
    days = [timezone.now().date() - dt.timedelta(days=age) for age in range(DAYS, 0, -1)]
    known, sessions = _dictionaries(), views // DAYS // 4
    for seed, day in enumerate(days):
        make_partition(day)
        start = dt.datetime.combine(day, dt.time(), dt.UTC)
        told = {"start": start, "day": day, "seed": seed, "sessions": sessions, "gap": 86_000 / sessions}
        with connection.cursor() as cursor:
            cursor.execute(VIEWS, told | known)
        Day.objects.create(day=day, views=0)
        rollups.rebuild(day)
    with connection.cursor() as cursor:
        cursor.execute(RAW)
        for columns in INDEXES:
            cursor.execute(f"CREATE INDEX ON bench_event ({columns})")
    for table in ("sitestats_pageview", "sitestats_dayslice", "bench_event"):
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {table}")
    return days


def _dictionaries() -> dict:
    """Numbers of paths, agents and origins, and how many of each there are."""
    from sitestats import dictionaries

    paths, agents, origins = dictionaries.make()
    pages = [("/", True), ("/make/", True), *((f"/page-{number}/", True) for number in range(28))]
    lost = [(f"/scan-{number:x}.php", False) for number in range(15_000)]
    people = [f"Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0" for n in range(60, 130)]
    bots = [f"Mozilla/5.0 (compatible; GPTBot/1.{n}; +https://openai.com/gptbot)" for n in range(30)]
    came = [dictionaries.origin(referrer, "") for referrer in ("", "https://www.google.com/", "https://chatgpt.com/")]
    came += [dictionaries.origin(f"https://s{number}.example/", "") for number in range(300)]
    paths.learn({*pages, *lost})
    agents.learn({*people, *bots})
    origins.learn({*came})
    lists = {
        "paths": ("path", [paths.number(each) for each in pages]),
        "lost": ("losts", [paths.number(each) for each in lost]),
        "people": ("person", [agents.number(each) for each in people]),
        "bots": ("bot", [agents.number(each) for each in bots]),
        "origins": ("origin", [origins.number(each) for each in came]),
    }
    known = {name: numbers for name, (_, numbers) in lists.items()}
    return known | {count: len(numbers) for count, numbers in lists.values()}
