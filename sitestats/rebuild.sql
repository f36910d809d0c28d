-- A day from its views, by DuckDB: `day` and `hour` are what its slices and its hours say, made of the tables that
-- adding.py fills. A session that came over midnight does not begin here, and one that goes on tomorrow does not end
-- here. A visitor has one agent, and a session one origin: so the different ones are counted by the first view of each,
-- without DISTINCT; a visitor who came from two sources, with the first of them. How far a session got is said where it
-- began, by what it did on that day and on the next.
-- Only what is fine is put in order, for nothing else is first or last. On a day a session is of one visitor: all that
-- is told of either is told apart by the visitor first.
-- The views are added up once, by all that slices tell apart (cell), and slices are sums of these. Beside another
-- dimension, agents of the day that are judged alike are one: the first of them, by which kind and device are known.
CREATE TABLE v AS WITH make AS (
    SELECT session, min(moment) AS moment
    FROM (SELECT session, moment, path_id FROM view WHERE status < 400 UNION ALL SELECT session, moment, path_id FROM after)
    WHERE path_id IN (SELECT id FROM path WHERE is_make) GROUP BY session
), done AS (
    SELECT session, min(d.moment) FILTER (WHERE what = 'render' AND d.moment >= make.moment) AS render,
        min(d.moment) FILTER (WHERE what = 'sign_up') AS sign_up, max(d.moment) FILTER (WHERE what = 'top_up') AS top_up
    FROM deed d JOIN make USING (session) WHERE came_true AND NOT early GROUP BY session
), step AS (
    SELECT session, CASE WHEN top_up >= sign_up AND sign_up >= render THEN 5 WHEN sign_up >= render THEN 4
        WHEN render IS NOT NULL THEN 3 ELSE 2 END AS step
    FROM make LEFT JOIN done USING (session)
), proof AS (
    SELECT DISTINCT visitor FROM view WHERE signed_in OR session IN (SELECT session FROM deed)
), judged AS (
    SELECT id AS agent_id, min(id) OVER (PARTITION BY kind, operator, name, purpose, device) AS alike
    FROM agent WHERE id IN (SELECT agent_id FROM view)
)
SELECT path_id, origin_id, agent_id, alike, identity, status, size, microseconds, fine, hour,
    CASE WHEN is_known THEN path_id ELSE 0 END AS place,
    proof.visitor IS NOT NULL AS proven, coalesce(step, 1) AS step, s1, sp1, v1, vp1, hs1, hv1,
    s1 AND session NOT IN (SELECT session FROM before) AS enters,
    ends AND session NOT IN (SELECT session FROM after) AS leaves
FROM (
    SELECT visitor, session, path_id, origin_id, agent_id, identity, status, size, microseconds, hour, true AS fine,
        row_number() OVER s = 1 AS s1, lead(hour) OVER s IS NULL AS ends,
        row_number() OVER (PARTITION BY visitor, session, path_id ORDER BY identity) = 1 AS sp1,
        lag(hour) OVER u IS NULL AS v1,
        row_number() OVER (PARTITION BY visitor, path_id ORDER BY moment, origin_id) = 1 AS vp1,
        lead(hour) OVER s IS DISTINCT FROM hour AS hs1, lag(hour) OVER u IS DISTINCT FROM hour AS hv1
    FROM (SELECT *, {hour} AS hour FROM view WHERE status < 400)
    WINDOW s AS (PARTITION BY visitor, session ORDER BY moment, path_id),
        u AS (PARTITION BY visitor ORDER BY moment, origin_id)
    UNION ALL
    SELECT visitor, session, path_id, origin_id, agent_id, identity, status, size, microseconds, {hour},
        false, false, false, false, false, false, false, false
    FROM view WHERE status >= 400
)
JOIN judged USING (agent_id) JOIN path ON path.id = path_id
LEFT JOIN step USING (session) LEFT JOIN proof USING (visitor);

CREATE TABLE cell AS
SELECT grouping(place, agent_id, hour) AS of, place, origin_id, alike, agent_id, identity, hour, {sums},
    count(*) FILTER (WHERE v1) AS visitors, count(*) FILTER (WHERE v1 AND proven) AS proven,
    count(*) FILTER (WHERE s1) AS sessions, count(*) FILTER (WHERE vp1) AS path_visitors,
    count(*) FILTER (WHERE vp1 AND proven) AS path_proven, count(*) FILTER (WHERE sp1) AS path_sessions,
    count(*) FILTER (WHERE hv1) AS hour_visitors, count(*) FILTER (WHERE hv1 AND proven) AS hour_proven,
    count(*) FILTER (WHERE hs1) AS hour_sessions
FROM v GROUP BY GROUPING SETS ((place, origin_id, alike, identity), (agent_id, identity), (alike, hour));

CREATE TABLE hour AS
SELECT hour, kind, {added}, sum(hour_visitors) AS visitors, sum(hour_proven) AS proven, sum(hour_sessions) AS sessions
FROM cell JOIN agent ON agent.id = alike WHERE of = 6 GROUP BY hour, kind;

CREATE TABLE day AS WITH who AS (
    SELECT id AS alike, kind, device FROM agent
), slice AS (
    SELECT CASE grouping(place, origin_id, alike, device)
            WHEN 15 THEN 'all' WHEN 7 THEN 'path' WHEN 11 THEN 'origin' WHEN 14 THEN 'device'
            WHEN 3 THEN 'path+origin' WHEN 6 THEN 'path+device' WHEN 10 THEN 'origin+device'
            WHEN 2 THEN 'path+origin+device' WHEN 5 THEN 'path+agent' WHEN 9 THEN 'origin+agent'
            WHEN 1 THEN 'path+origin+agent' END AS "by",
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
    SELECT path_id, origin_id, alike, {bucket} AS bucket, count(*) AS views
    FROM v WHERE fine GROUP BY path_id, origin_id, alike, bucket
), spread AS (
    SELECT CASE of WHEN 7 THEN 'all' WHEN 3 THEN 'path' WHEN 5 THEN 'origin' WHEN 6 THEN 'device'
            WHEN 1 THEN 'path+origin' WHEN 2 THEN 'path+device' WHEN 4 THEN 'origin+device' ELSE 'path+origin+device'
            END AS "by",
        kind, coalesce(path_id, 0) AS path, coalesce(origin_id, 0) AS origin, coalesce(device, '') AS device,
        '{{' || string_agg('"' || bucket || '": ' || views, ', ' ORDER BY bucket) || '}}' AS durations
    FROM (
        SELECT grouping(path_id, origin_id, device) AS of, kind, path_id, origin_id, device, bucket, sum(views) AS views
        FROM took JOIN who USING (alike) GROUP BY kind, bucket, CUBE (path_id, origin_id, device)
    ) each GROUP BY of, kind, path_id, origin_id, each.device
)
SELECT slice."by", kind, path, origin, agent, device, identity, durations, {figures}, visitors, proven, sessions
FROM slice LEFT JOIN spread USING ("by", kind, path, origin, device);
