# ruff: noqa: S608 (texts of ours)
"""The same questions asked of one raw event table, as Umami keeps it in PostgreSQL, with the indexes that it has there.

What was done is an event with a name and its revenue. A page asks more of ours: the period before, and the ledger.
"""

WEBSITE = "6d0a4d7e-9c5e-4b0a-8c0d-2e117f4c5f0e"
TABLE = f"""CREATE UNLOGGED TABLE bench_event AS
    SELECT gen_random_uuid() AS event_id, '{WEBSITE}'::uuid AS website_id, v.visitor AS session_id,
        v.session AS visit_id, v.at AS created_at, 1 AS event_type, ''::text AS event_name, 0::numeric AS revenue,
        w.text AS url_path, o.channel, o.source, o.referrer, a.kind, a.name, a.operator, a.purpose, a.device,
        a.browser, a.os, v.identity, v.status, v.microseconds, v.size, v.user_id, 'localhost'::text AS hostname,
        w.text AS page_title, ''::text AS url_query, ''::text AS tag
    FROM sitestats_pageview v JOIN sitestats_path w ON w.id = v.path_id JOIN sitestats_origin o ON o.id = v.origin_id
    JOIN sitestats_useragent a ON a.id = v.agent_id"""
DONE = """INSERT INTO bench_event
    SELECT gen_random_uuid(), website_id, session_id, visit_id, d.done_at, 2, d.what,
        CASE d.what WHEN 'top_up' THEN 20 ELSE 0 END, url_path, channel, source, referrer, kind, name, operator,
        purpose, device, browser, os, identity, 200, 0, 0, d.subject, hostname, page_title, '', ''
    FROM sitestats_deed d JOIN LATERAL (SELECT * FROM bench_event WHERE visit_id = d.session LIMIT 1) e ON true"""
INDEXES = (
    *("created_at", "session_id", "visit_id", "website_id", "website_id, created_at"),
    *("website_id, created_at, url_path", "website_id, created_at, url_query", "website_id, created_at, referrer"),
    *("website_id, created_at, page_title", "website_id, created_at, event_name", "website_id, created_at, tag"),
    *("website_id, created_at, hostname", "website_id, session_id, created_at", "website_id, visit_id, created_at"),
)
VISITS = "count(*), count(DISTINCT session_id), count(DISTINCT visit_id)"
DEEDS = ", ".join(f"count(*) FILTER (WHERE event_name = '{what}')" for what in ("sign_up", "render", "top_up"))
SEEN = "event_type = 1 AND status < 400"


def fill() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_event")
        cursor.execute(TABLE)
        cursor.execute("ALTER TABLE bench_event ADD PRIMARY KEY (event_id)")
        for columns in INDEXES:
            cursor.execute(f"CREATE INDEX ON bench_event ({columns})")
        cursor.execute(DONE)
        cursor.execute("VACUUM ANALYZE bench_event")


def question(panel: str, asked) -> tuple[str, dict]:
    """What a panel asks, as SQL of the raw events and its parameters."""
    told = {"start": asked.period.start, "end": asked.period.end, "kinds": asked.kinds}
    levels = ("channel", "source", "referrer", "url_path")
    origin = dict(zip(levels, asked.origin.values(), strict=False))
    told |= {"path": asked.path, "device": asked.device} | origin
    if panel == "bots":
        told["kinds"] = asked.bots.kinds
    where = f"website_id = '{WEBSITE}' AND created_at >= %(start)s AND created_at < %(end)s"
    if panel != "trends":
        where += " AND kind = ANY(%(kinds)s)"
    wanted = [*origin, *(name for name in ("device",) if asked.device)]
    where += "".join(f" AND {name} = %({name})s" for name in wanted) + " AND url_path = %(path)s" * bool(asked.path)
    return QUESTIONS[panel].format(where=where, level=levels[len(origin)]), told


QUESTIONS = {
    "headline": f"""SELECT sum(views), count(DISTINCT session_id), count(*), count(*) FILTER (WHERE views = 1),
            sum(sign_ups), sum(revenue)
        FROM (SELECT session_id, visit_id, count(*) FILTER (WHERE {SEEN}) AS views, sum(revenue) AS revenue,
            count(*) FILTER (WHERE event_name = 'sign_up') AS sign_ups
            FROM bench_event WHERE {{where}} GROUP BY 1, 2) visit""",
    "trends": f"SELECT created_at::date, kind, {VISITS} FROM bench_event WHERE {SEEN} AND {{where}} GROUP BY 1, 2",
    "top_sources": f"""SELECT channel, source, {VISITS}, {DEEDS}, sum(revenue) FROM bench_event
        WHERE {{where}} GROUP BY 1, 2 ORDER BY 5 DESC""",
    "devices": f"SELECT device, {VISITS} FROM bench_event WHERE {SEEN} AND {{where}} GROUP BY 1 ORDER BY 3 DESC",
    "top_urls": f"""SELECT url_path, {VISITS}, percentile_disc(0.95) WITHIN GROUP (ORDER BY microseconds)
        FROM bench_event WHERE {SEEN} AND {{where}} GROUP BY 1 ORDER BY 2 DESC LIMIT 50""",
    "bots": """SELECT operator, purpose, identity, count(*), count(*) FILTER (WHERE status = 404), sum(size),
            sum(microseconds)
        FROM bench_event WHERE event_type = 1 AND {where} GROUP BY 1, 2, 3""",
    "breakdown": f"SELECT {{level}}, {VISITS} FROM bench_event WHERE {SEEN} AND {{where}} GROUP BY 1 ORDER BY 4 DESC",
    # A step counts when it came after the one before, as Umami's funnel has it
    "funnel": """WITH entry AS (
            SELECT visit_id, min(created_at) AS at FROM bench_event WHERE {where} GROUP BY 1
        ), make AS (
            SELECT visit_id, min(e.created_at) AS at FROM entry JOIN bench_event e USING (visit_id)
            WHERE e.created_at >= at AND url_path = '/make/' AND event_type = 1 GROUP BY 1
        ), render AS (
            SELECT visit_id, min(e.created_at) AS at FROM make JOIN bench_event e USING (visit_id)
            WHERE e.created_at >= at AND event_name = 'render' GROUP BY 1
        ), sign_up AS (
            SELECT visit_id, min(e.created_at) AS at FROM render JOIN bench_event e USING (visit_id)
            WHERE e.created_at >= at AND event_name = 'sign_up' GROUP BY 1
        ), top_up AS (
            SELECT visit_id, sum(revenue) AS paid FROM sign_up JOIN bench_event e USING (visit_id)
            WHERE e.created_at >= at AND event_name = 'top_up' GROUP BY 1
        ) SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM make), (SELECT count(*) FROM render),
            (SELECT count(*) FROM sign_up), (SELECT count(*) FROM top_up), (SELECT sum(paid) FROM top_up)""",
}
