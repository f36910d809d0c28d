"""Page views of 30 days by SQL, with what was done in them, added up by the product's own rollups."""

import datetime as dt

DAYS = 30
# A session has four views, a quarter of them of /make/; one visitor in seven has two; 11 of 20 are bots, a fifth of
# whose pages are not there. A third of the people come directly, a third from Google or ChatGPT
VIEWS = """INSERT INTO sitestats_pageview
    (at, visitor, session, user_id, day, path_id, agent_id, origin_id, microseconds, size, status, identity)
    SELECT %(start)s + (s * %(gap)s + j * 37) * interval '1 second', v, hashint8extended(s, %(seed)s),
        CASE WHEN NOT bot AND s %% 10 = 0 THEN s %% 5000 + 1 END, %(day)s,
        CASE WHEN bot AND chance %% 5 = 0 THEN (%(lost)s::int[])[1 + chance %% %(losts)s]
            ELSE (%(paths)s::int[])[CASE WHEN chance %% 4 = 1 THEN 2 ELSE 1 + chance / 4 %% %(path)s END] END,
        CASE WHEN bot THEN (%(bots)s::int[])[1 + v_abs %% %(bot)s]
            ELSE (%(people)s::int[])[1 + v_abs %% %(person)s] END,
        (%(origins)s::int[])[1 + CASE WHEN bot THEN (s %% 40 = 0)::int WHEN s %% 3 = 0 THEN 0
            WHEN s %% 3 = 1 THEN 1 + s / 3 %% 2 ELSE s %% %(origin)s END],
        2000 + chance %% 90000, 2000 + chance %% 60000, CASE WHEN bot AND chance %% 5 = 0 THEN 404 ELSE 200 END,
        CASE WHEN bot THEN v_abs %% 3 ELSE 0 END
    FROM (SELECT s, j, v, abs(v %% 1000003)::int AS v_abs,
            abs(hashint8extended(s * 4 + j, %(seed)s) %% 1000003)::int AS chance, abs(v %% 1000003) %% 20 < 11 AS bot
        FROM generate_series(0::bigint, %(sessions)s - 1) s, generate_series(0, 3) j,
            LATERAL (SELECT hashint8extended(s - (s %% 7 = 0)::int, %(seed)s + 1) AS v) one) each"""
# Of the people who saw /make/, one in eight had a cut rendered; of these one in five signed up, of these one in five
# topped up. One number stands for the cut and the member
MAKERS = """INSERT INTO bench_maker SELECT nextval('bench_subject'), session, day, min(at), min(origin_id),
        abs(session) %% 40 = 0, abs(session) %% 200 = 0
    FROM sitestats_pageview WHERE day = %(day)s AND abs(session) %% 8 = 0 AND agent_id = ANY(%(people)s)
        AND path_id = (SELECT id FROM sitestats_path WHERE text = '/make/') GROUP BY session, day"""
DEEDS = """INSERT INTO sitestats_deed (what, subject, session, day, at, done_at)
    SELECT what, subject, session, day, at + after, at + after + interval '40 seconds'
    FROM bench_maker, (VALUES ('render', interval '20 seconds'), ('sign_up', interval '90 seconds'),
        ('top_up', interval '5 minutes')) AS step (what, after)
    WHERE day = %(day)s AND (what = 'render' OR (what = 'sign_up' AND joins) OR (what = 'top_up' AND pays))"""
BESIDE = """INSERT INTO sitestats_crawl (day, agent, robots_txt, closed)
        SELECT %(day)s, agent, 20, agent %% 2 FROM unnest(%(bots)s::int[]) agent;
    INSERT INTO sitestats_tally (day, what, number)
        SELECT %(day)s, what, number FROM (VALUES ('served', 5000), ('counted', 4000), ('excluded: prefetch', 600),
            ('excluded: asset or check', 400)) AS t (what, number)"""
# The period before has the same figures, and no single views any more
BEFORE = """INSERT INTO sitestats_dayslice (day, {columns}) SELECT day - 30, {columns} FROM sitestats_dayslice;
    INSERT INTO sitestats_day (day, revision, built, views, seconds)
        SELECT day - 30, 1, 1, views, 0 FROM sitestats_day"""
TABLES = ("pageview", "day", "dayslice", "hourslice", "deed", "crawl", "tally", "acquisition")


def fill(views: int) -> list[dt.date]:
    """The days, filled and rebuilt: the views are of these, and the figures of as many days before them."""
    from django.db import connection
    from django.utils import timezone

    from sitestats.models import DaySlice

    days = [timezone.now().date() - dt.timedelta(days=age) for age in range(DAYS, 0, -1)]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # nobody's keys are checked: rows refer to no files
        cursor.execute(f"TRUNCATE {', '.join(f'sitestats_{table}' for table in TABLES)}")
        cursor.execute(
            """DROP TABLE IF EXISTS bench_maker; DROP SEQUENCE IF EXISTS bench_subject;
            CREATE SEQUENCE bench_subject START 1000; CREATE TABLE bench_maker (subject bigint, session bigint,
                day date, at timestamptz, origin int, joins boolean, pays boolean)"""
        )
    known = _dictionaries()
    for seed, day in enumerate(days):
        _fill_day(day, seed, views // DAYS // 4, known)
    columns = [field.column for field in DaySlice._meta.concrete_fields if field.name not in ("id", "day")]
    with connection.cursor() as cursor:
        cursor.execute(BEFORE.format(columns=", ".join(columns)))
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE sitestats_{table}")
    return days


def _fill_day(day: dt.date, seed: int, sessions: int, known: dict) -> None:
    from django.db import connection

    from sitestats import rollups
    from sitestats.models import Day
    from sitestats.storing import make_partition

    make_partition(day)
    told = known | {"start": dt.datetime.combine(day, dt.time(), dt.UTC), "day": day, "seed": seed}
    told |= {"sessions": sessions, "gap": 86_000 / sessions}
    with connection.cursor() as cursor:
        for statement in (VIEWS, MAKERS, DEEDS, *BESIDE.split(";")):
            cursor.execute(statement, told)
    Day.objects.create(day=day, views=0)
    rollups.rebuild(day)


def _dictionaries() -> dict:
    """Numbers of paths, agents and origins, and how many of each there are."""
    from accounting.demo.visitors import BOTS, BROWSERS
    from sitestats import dictionaries

    paths, agents, origins = dictionaries.make()
    pages = [("/", True), ("/make/", True), *((f"/page-{number}/", True) for number in range(28))]
    lost = [(f"/scan-{number:x}.php", False) for number in range(15_000)]
    people = sorted({each.text.replace("142.", f"{n}.") for each in BROWSERS for n in range(130, 143)})
    bots = sorted({each.agent.replace("1.0", f"1.{n}") for each in BOTS for n in range(10)})
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
