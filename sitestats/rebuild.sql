-- A day from its views. A session that came over midnight does not begin here, and one that goes on tomorrow does not
-- end here. A visitor has one agent, and a session one origin: so the different ones are counted by the first view of
-- each, without DISTINCT; a visitor who came from two sources, with the first of them. How far a session got is said where it began, by what it did on that day and on the next.
-- The days beside it are looked at as a whole: what keeps a session going over midnight need not be a view.
WITH make AS (
    SELECT session, min(at) AS at FROM sitestats_pageview
    WHERE day IN (%(day)s, %(day)s + 1) AND status < 400
        AND path_id = (SELECT id FROM sitestats_path WHERE text = '/make/')
    GROUP BY session
), done AS (
    SELECT session, min(d.at) FILTER (WHERE what = 'render' AND d.at >= make.at) AS render,
        min(d.at) FILTER (WHERE what = 'sign_up') AS sign_up, max(d.at) FILTER (WHERE what = 'top_up') AS top_up
    FROM sitestats_deed d JOIN make USING (session)
    WHERE day IN (%(day)s, %(day)s + 1) AND done_at IS NOT NULL GROUP BY session
), step AS (
    SELECT session, CASE WHEN top_up >= sign_up AND sign_up >= render THEN 5 WHEN sign_up >= render THEN 4
        WHEN render IS NOT NULL THEN 3 ELSE 2 END AS step
    FROM make LEFT JOIN done USING (session)
), proof AS (
    SELECT DISTINCT visitor FROM sitestats_pageview WHERE day = %(day)s AND (user_id IS NOT NULL
        OR session IN (SELECT session FROM sitestats_deed WHERE day BETWEEN %(day)s - 1 AND %(day)s + 1))
), v AS MATERIALIZED (
    SELECT p.path_id, p.origin_id, p.agent_id, p.identity, a.kind, a.device, p.at, p.visitor, p.session, p.status,
        p.size, p.microseconds, fine, CASE WHEN is_known THEN path_id ELSE 0 END AS place,
        proof.visitor IS NOT NULL AS proven, coalesce(step, 1) AS step,
        fine AND lag(at) OVER s IS NULL AS s1,
        fine AND lag(at) OVER s IS NULL AND session NOT IN (
            SELECT session FROM sitestats_pageview WHERE day = %(day)s - 1 AND status < 400) AS enters,
        fine AND lead(at) OVER s IS NULL AND session NOT IN (
            SELECT session FROM sitestats_pageview WHERE day = %(day)s + 1 AND status < 400) AS leaves,
        fine AND row_number() OVER (PARTITION BY fine, session, path_id) = 1 AS sp1,
        fine AND row_number() OVER (PARTITION BY fine, visitor, path_id ORDER BY at, origin_id) = 1 AS vp1,
        fine AND row_number() OVER (PARTITION BY fine, visitor ORDER BY at, origin_id) = 1 AS v1
    FROM (SELECT *, status < 400 AS fine FROM sitestats_pageview WHERE day = %(day)s) p
    JOIN sitestats_useragent a ON a.id = p.agent_id JOIN sitestats_path w ON w.id = p.path_id
    LEFT JOIN step USING (session) LEFT JOIN proof USING (visitor)
    WINDOW s AS (PARTITION BY fine, session ORDER BY at, path_id)
), slice AS (
    SELECT CASE grouping(path_id, place, origin_id, agent_id, device)
            WHEN 31 THEN 'all' WHEN 15 THEN 'path' WHEN 27 THEN 'origin' WHEN 29 THEN 'agent' WHEN 30 THEN 'device'
            WHEN 19 THEN 'path+origin' WHEN 22 THEN 'path+device' WHEN 26 THEN 'origin+device'
            WHEN 18 THEN 'path+origin+device' WHEN 21 THEN 'path+agent' WHEN 25 THEN 'origin+agent'
            WHEN 17 THEN 'path+origin+agent' END AS by,
        kind, coalesce(path_id, place, 0) AS path, coalesce(origin_id, 0) AS origin, coalesce(agent_id, 0) AS agent,
        coalesce(device, '') AS device, coalesce(identity, 0) AS identity, {sums},
        CASE WHEN grouping(path_id, place) < 3 THEN count(*) FILTER (WHERE vp1) ELSE count(*) FILTER (WHERE v1) END
            AS visitors,
        CASE WHEN grouping(path_id, place) < 3 THEN count(*) FILTER (WHERE vp1 AND proven)
            ELSE count(*) FILTER (WHERE v1 AND proven) END AS proven,
        CASE WHEN grouping(path_id, place) < 3 THEN count(*) FILTER (WHERE sp1) ELSE count(*) FILTER (WHERE s1) END
            AS sessions
    FROM v GROUP BY GROUPING SETS ((kind), (kind, path_id), (kind, origin_id), (kind, agent_id, identity),
        (kind, device), (kind, place, origin_id), (kind, place, device), (kind, origin_id, device),
        (kind, place, origin_id, device), (kind, place, agent_id, identity), (kind, origin_id, agent_id, identity),
        (kind, place, origin_id, agent_id, identity))
    HAVING kind <> 'human' OR grouping(origin_id, agent_id) > 0
), spread AS (
    SELECT by, kind, path, origin, device, jsonb_object_agg(bucket, views) AS durations FROM (
        SELECT CASE grouping(path_id, origin_id, device) WHEN 7 THEN 'all' WHEN 3 THEN 'path' WHEN 5 THEN 'origin'
                WHEN 6 THEN 'device' WHEN 1 THEN 'path+origin' WHEN 2 THEN 'path+device' WHEN 4 THEN 'origin+device'
                ELSE 'path+origin+device' END AS by,
            kind, coalesce(path_id, 0) AS path, coalesce(origin_id, 0) AS origin, coalesce(device, '') AS device,
            bucket, count(*) AS views
        FROM (SELECT *, width_bucket(microseconds, %(edges)s::int[]) AS bucket FROM v WHERE fine) b
        GROUP BY kind, bucket, CUBE (path_id, origin_id, device)
    ) each GROUP BY by, kind, path, origin, device
), by_day AS (
    INSERT INTO sitestats_dayslice (day, by, kind, path, origin, agent, device, identity, {figures}, visitors, proven,
        sessions, durations)
    SELECT %(day)s, slice.by, kind, path, origin, agent, device, identity, {figures}, visitors, proven, sessions,
        durations
    FROM slice LEFT JOIN spread USING (by, kind, path, origin, device)
), h AS (
    SELECT date_trunc('hour', at, %(zone)s) AS hour, * FROM v
), person AS (
    SELECT hour, kind, count(*) AS visitors, count(*) FILTER (WHERE proven) AS proven
    FROM (SELECT DISTINCT hour, kind, visitor, proven FROM h WHERE fine) each GROUP BY hour, kind
), stay AS (
    SELECT hour, kind, count(*) AS sessions FROM (SELECT DISTINCT hour, kind, session FROM h WHERE fine) each
    GROUP BY hour, kind
)
INSERT INTO sitestats_hourslice (day, hour, kind, {figures}, visitors, proven, sessions)
SELECT %(day)s, sums.*, coalesce(visitors, 0), coalesce(proven, 0), coalesce(sessions, 0)
FROM (SELECT hour, kind, {sums} FROM h GROUP BY hour, kind) sums
LEFT JOIN person USING (hour, kind) LEFT JOIN stay USING (hour, kind)
