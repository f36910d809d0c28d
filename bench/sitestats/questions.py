# ruff: noqa: S608 (texts of ours)
"""What the panels ask, of the rollups and of one raw event table. `%(first)s` is the first of the days asked for."""

SUMS = "sum(views), sum(visitors), sum(entries), sum(bounces)"
DISTINCT = "count(*), count(DISTINCT visit_id), count(DISTINCT session_id)"
FINE = "status < 400 AND website_id = '6d0a4d7e-9c5e-4b0a-8c0d-2e117f4c5f0e' AND created_at >= %(first)s"
SLICE = "FROM sitestats_dayslice d WHERE day >= %(first)s AND by ="
GOOGLE = "origin = ANY(ARRAY(SELECT id FROM sitestats_origin WHERE source = 'Google'))"
MAKE = "path = (SELECT id FROM sitestats_path WHERE text = '/make/')"
# name -> how many days, of the rollups, of the raw events
ONE = {
    "headline (30d)": (
        30,
        f"SELECT kind, {SUMS} {SLICE} 'all' GROUP BY kind",
        f"SELECT kind, {DISTINCT} FROM bench_event WHERE {FINE} GROUP BY kind",
    ),
    "trend (30d)": (
        30,
        f"SELECT day, kind, {SUMS} {SLICE} 'all' GROUP BY day, kind",
        f"SELECT day, kind, {DISTINCT} FROM bench_event WHERE {FINE} GROUP BY day, kind",
    ),
    "sources (30d)": (
        30,
        f"SELECT o.channel, o.source, {SUMS} FROM sitestats_dayslice d JOIN sitestats_origin o ON o.id = d.origin"
        " WHERE day >= %(first)s AND by = 'origin' AND kind = 'human' GROUP BY 1, 2",
        f"SELECT channel, source, {DISTINCT} FROM bench_event WHERE {FINE} AND kind = 'human' GROUP BY 1, 2",
    ),
    "devices (7d)": (
        7,
        f"SELECT device, {SUMS} {SLICE} 'device' AND kind = 'human' GROUP BY device",
        f"SELECT device, {DISTINCT} FROM bench_event WHERE {FINE} AND kind = 'human' GROUP BY device",
    ),
    "pages (7d)": (
        7,
        f"SELECT path, {SUMS}, sum(exits), sum(errors), jsonb_agg(durations) {SLICE} 'path' AND kind = 'human'"
        " GROUP BY path ORDER BY 2 DESC LIMIT 50",
        f"SELECT url_path, {DISTINCT}, percentile_disc(0.95) WITHIN GROUP (ORDER BY microseconds) FROM bench_event"
        f" WHERE {FINE} AND kind = 'human' GROUP BY url_path ORDER BY 2 DESC LIMIT 50",
    ),
    "bots (30d)": (
        30,
        "SELECT a.operator, a.purpose, d.identity, sum(views), sum(not_found), sum(d.size), sum(microseconds)"
        " FROM sitestats_dayslice d JOIN sitestats_useragent a ON a.id = d.agent"
        " WHERE day >= %(first)s AND by = 'agent' AND d.kind IN ('bot', 'ai') GROUP BY 1, 2, 3",
        "SELECT operator, purpose, count(*), count(*) FILTER (WHERE status = 404), sum(size), sum(microseconds)"
        " FROM bench_event WHERE created_at >= %(first)s AND kind IN ('bot', 'ai') GROUP BY 1, 2",
    ),
    "funnel (7d)": (
        7,
        f"SELECT sum(entries), sum(makers), sum(renders), sum(sign_ups), sum(top_ups) {SLICE} 'all' AND kind = 'human'",
        f"SELECT count(DISTINCT session_id), count(DISTINCT session_id) FILTER (WHERE url_path = '/make/')"
        f" FROM bench_event WHERE {FINE} AND kind = 'human'",
    ),
    "pages of one source (30d)": (
        30,
        f"SELECT path, {SUMS} {SLICE} 'path+origin' AND kind = 'human' AND {GOOGLE} GROUP BY path",
        f"SELECT url_path, {DISTINCT} FROM bench_event WHERE {FINE} AND kind = 'human' AND source = 'Google'"
        " GROUP BY 1",
    ),
    "trend of one page (30d)": (
        30,
        f"SELECT day, {SUMS} {SLICE} 'path' AND kind = 'human' AND {MAKE} GROUP BY day",
        f"SELECT day, {DISTINCT} FROM bench_event WHERE {FINE} AND kind = 'human' AND url_path = '/make/' GROUP BY 1",
    ),
}
COMBINED = {
    "one page, source and device (30d)": (
        30,
        f"SELECT day, {SUMS} {SLICE} 'path+origin+device' AND kind = 'human' AND {MAKE} AND {GOOGLE}"
        " AND device = 'desktop' GROUP BY day",
        f"SELECT day, {DISTINCT} FROM bench_event WHERE {FINE} AND kind = 'human' AND url_path = '/make/'"
        " AND source = 'Google' AND device = 'desktop' GROUP BY 1",
    ),
    "pages of one source and device (30d)": (
        30,
        f"SELECT path, {SUMS} {SLICE} 'path+origin+device' AND kind = 'human' AND {GOOGLE} AND device = 'desktop'"
        " GROUP BY path",
        f"SELECT url_path, {DISTINCT} FROM bench_event WHERE {FINE} AND kind = 'human' AND source = 'Google'"
        " AND device = 'desktop' GROUP BY 1",
    ),
}
LIVE = "SELECT * FROM sitestats_pageview ORDER BY at DESC LIMIT 50"
