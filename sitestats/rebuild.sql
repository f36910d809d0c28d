-- A day from its views. A session that came over midnight does not begin here, and one that goes on tomorrow does not
-- end here. A visitor has one agent, and a session one origin: so the different ones are counted by the first view of
-- each, without DISTINCT; a visitor who came from two sources, with the first of them. How far a session got is said
-- where it began, by what it did on that day and on the next.
-- Only what is fine is put in order, for nothing else is first or last. On a day a session is of one visitor: all that
-- is told of either is told apart by the visitor first, so the day is sorted once and the rest within each visitor.
-- The days beside it are looked at as a whole: what keeps a session going over midnight need not be a view.
-- The views are added up once, by all that slices tell apart (cell), and slices are sums of these. Beside another
-- dimension, agents of the day that are judged alike are one: the first of them, by which kind and device are known.
-- Slices that are as they were are not written again: of a day that is added up each minute few change. They are
-- looked up by all there are to be by, since the index begins with that. A spread is made as json and read once, which
-- takes half the time of jsonb made pair by pair.
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
), judged AS (
    SELECT id AS agent_id, kind, device, min(id) OVER (PARTITION BY kind, operator, name, purpose, device) AS alike
    FROM sitestats_useragent WHERE id IN (SELECT agent_id FROM sitestats_pageview WHERE day = %(day)s)
), who AS (
    SELECT agent_id AS alike, kind, device FROM judged
), v AS MATERIALIZED (
    SELECT path_id, origin_id, agent_id, alike, identity, status, size, microseconds, fine, hour,
        CASE WHEN is_known THEN path_id ELSE 0 END AS place,
        proof.visitor IS NOT NULL AS proven, coalesce(step, 1) AS step, s1, sp1, v1, vp1, hs1, hv1,
        s1 AND session NOT IN (
            SELECT session FROM sitestats_pageview WHERE day = %(day)s - 1 AND status < 400) AS enters,
        ends AND session NOT IN (
            SELECT session FROM sitestats_pageview WHERE day = %(day)s + 1 AND status < 400) AS leaves
    FROM (
        SELECT visitor, session, path_id, origin_id, agent_id, identity, status, size, microseconds, hour, true AS fine,
            row_number() OVER s = 1 AS s1, lead(hour) OVER s IS NULL AS ends,
            row_number() OVER (PARTITION BY visitor, session, path_id ORDER BY identity) = 1 AS sp1,
            lag(hour) OVER u IS NULL AS v1,
            row_number() OVER (PARTITION BY visitor, path_id ORDER BY at, origin_id) = 1 AS vp1,
            lead(hour) OVER s IS DISTINCT FROM hour AS hs1, lag(hour) OVER u IS DISTINCT FROM hour AS hv1
        FROM (
            SELECT *, date_bin('1 hour', at, %(start)s) AS hour FROM sitestats_pageview
            WHERE day = %(day)s AND status < 400
        ) p
        WINDOW s AS (PARTITION BY visitor, session ORDER BY at, path_id),
            u AS (PARTITION BY visitor ORDER BY at, origin_id)
        UNION ALL
        SELECT visitor, session, path_id, origin_id, agent_id, identity, status, size, microseconds,
            date_bin('1 hour', at, %(start)s), false, false, false, false, false, false, false, false
        FROM sitestats_pageview WHERE day = %(day)s AND status >= 400
    ) p
    JOIN judged USING (agent_id) JOIN sitestats_path w ON w.id = path_id
    LEFT JOIN step USING (session) LEFT JOIN proof USING (visitor)
), cell AS MATERIALIZED (
    SELECT grouping(place, agent_id, hour) AS of, place, origin_id, alike, agent_id, identity, hour, {sums},
        count(*) FILTER (WHERE v1) AS visitors, count(*) FILTER (WHERE v1 AND proven) AS proven,
        count(*) FILTER (WHERE s1) AS sessions, count(*) FILTER (WHERE vp1) AS path_visitors,
        count(*) FILTER (WHERE vp1 AND proven) AS path_proven, count(*) FILTER (WHERE sp1) AS path_sessions,
        count(*) FILTER (WHERE hv1) AS hour_visitors, count(*) FILTER (WHERE hv1 AND proven) AS hour_proven,
        count(*) FILTER (WHERE hs1) AS hour_sessions
    FROM v GROUP BY GROUPING SETS ((place, origin_id, alike, identity), (agent_id, identity), (alike, hour))
), slice AS (
    SELECT CASE grouping(place, origin_id, alike, device)
            WHEN 15 THEN 'all' WHEN 7 THEN 'path' WHEN 11 THEN 'origin' WHEN 14 THEN 'device'
            WHEN 3 THEN 'path+origin' WHEN 6 THEN 'path+device' WHEN 10 THEN 'origin+device'
            WHEN 2 THEN 'path+origin+device' WHEN 5 THEN 'path+agent' WHEN 9 THEN 'origin+agent'
            WHEN 1 THEN 'path+origin+agent' END AS by,
        kind, coalesce(place, 0) AS path, coalesce(origin_id, 0) AS origin, coalesce(alike, 0) AS agent,
        coalesce(device, '') AS device, coalesce(identity, 0) AS identity, {added},
        CASE grouping(place) WHEN 0 THEN sum(path_visitors) ELSE sum(visitors) END AS visitors,
        CASE grouping(place) WHEN 0 THEN sum(path_proven) ELSE sum(proven) END AS proven,
        CASE grouping(place) WHEN 0 THEN sum(path_sessions) ELSE sum(sessions) END AS sessions
    FROM cell JOIN who USING (alike) WHERE of = 3 GROUP BY GROUPING SETS (
        (kind), (kind, place), (kind, origin_id), (kind, device),
        (kind, place, origin_id), (kind, place, device), (kind, origin_id, device), (kind, place, origin_id, device),
        (kind, place, alike, identity), (kind, origin_id, alike, identity), (kind, place, origin_id, alike, identity))
    HAVING (kind <> 'human' OR grouping(origin_id, alike) > 0)
        AND (place > 0 OR grouping(place, origin_id, alike, device) <> 7)
    UNION ALL SELECT 'path', kind, path_id, 0, 0, '', 0, {sums}, 0, 0, 0
    FROM v JOIN who USING (alike) WHERE place = 0 GROUP BY kind, path_id
    UNION ALL SELECT 'agent', kind, 0, 0, agent_id, '', identity, {figures}, visitors, proven, sessions
    FROM cell JOIN who ON who.alike = agent_id WHERE of = 5
), took AS (
    SELECT path_id, origin_id, alike, width_bucket(microseconds, %(edges)s::int[]) AS bucket, count(*)::int AS views
    FROM v WHERE fine GROUP BY path_id, origin_id, alike, bucket
), spread AS (
    SELECT CASE of WHEN 7 THEN 'all' WHEN 3 THEN 'path' WHEN 5 THEN 'origin' WHEN 6 THEN 'device'
            WHEN 1 THEN 'path+origin' WHEN 2 THEN 'path+device' WHEN 4 THEN 'origin+device' ELSE 'path+origin+device'
            END AS by,
        kind, coalesce(path_id, 0) AS path, coalesce(origin_id, 0) AS origin, coalesce(device, '') AS device,
        json_object_agg(bucket, views)::jsonb AS durations
    FROM (
        SELECT grouping(path_id, origin_id, device) AS of, kind, path_id, origin_id, device, bucket, sum(views) AS views
        FROM took JOIN who USING (alike) GROUP BY kind, bucket, CUBE (path_id, origin_id, device)
    ) each GROUP BY of, kind, path_id, origin_id, each.device
), told AS (
    SELECT slice.by, kind, path, origin, agent, device, identity, {figures}, visitors, proven, sessions, durations
    FROM slice LEFT JOIN spread USING (by, kind, path, origin, device)
), gone AS (
    DELETE FROM sitestats_dayslice d
    WHERE d.by = ANY(%(by)s) AND d.day = %(day)s AND NOT EXISTS (SELECT FROM told t WHERE {same})
), by_hour AS (
    INSERT INTO sitestats_hourslice (day, hour, kind, {figures}, visitors, proven, sessions)
    SELECT %(day)s, hour, kind, {added}, sum(hour_visitors), sum(hour_proven), sum(hour_sessions)
    FROM cell JOIN who USING (alike) WHERE of = 6 GROUP BY hour, kind
)
MERGE INTO sitestats_dayslice d USING told t ON d.by = ANY(%(by)s) AND d.day = %(day)s AND {same}
WHEN MATCHED AND (d.durations, {of_slice}) IS DISTINCT FROM (t.durations, {of_told}) THEN
    UPDATE SET (durations, {figures}, visitors, proven, sessions) = (t.durations, {of_told})
WHEN NOT MATCHED THEN
    INSERT (day, by, kind, path, origin, agent, device, identity, durations, {figures}, visitors, proven, sessions)
    VALUES (%(day)s, t.by, t.kind, t.path, t.origin, t.agent, t.device, t.identity, t.durations, {of_told})
