-- What rebuild.sql makes of a day, of the views of a period that filters leave: the same figures by the same rules, one
-- row a day, kind, path, origin, agent, device and identity. Sums over a path, an origin or none are told by `vp1` and so
-- on in figures.py. A session is read a little over both ends, as it may begin and end there.
WITH scope AS MATERIALIZED (
    SELECT p.day, p.at, p.visitor, p.session, p.user_id, p.path_id, p.origin_id, p.agent_id, p.identity, p.status,
        p.size, p.microseconds, p.status < 400 AS fine, a.kind, a.device
    FROM sitestats_pageview p JOIN sitestats_useragent a ON a.id = p.agent_id
    WHERE p.day BETWEEN %(first)s::date - 1 AND %(last)s::date + 1
        AND p.at >= %(start)s - interval '31 minutes' AND p.at < %(end)s + interval '31 minutes'
        AND a.kind = ANY(%(kinds)s) {scope}
), make AS (
    SELECT session, min(at) AS at FROM scope
    WHERE fine AND path_id = (SELECT id FROM sitestats_path WHERE text = '/make/') GROUP BY session
), done AS (
    SELECT session, min(d.at) FILTER (WHERE what = 'render' AND d.at >= make.at) AS render,
        min(d.at) FILTER (WHERE what = 'sign_up') AS sign_up, max(d.at) FILTER (WHERE what = 'top_up') AS top_up
    FROM sitestats_deed d JOIN make USING (session)
    WHERE day BETWEEN %(first)s::date AND %(last)s::date + 1 AND done_at IS NOT NULL GROUP BY session
), step AS (
    SELECT session, CASE WHEN top_up >= sign_up AND sign_up >= render THEN 5 WHEN sign_up >= render THEN 4
        WHEN render IS NOT NULL THEN 3 ELSE 2 END AS step
    FROM make LEFT JOIN done USING (session)
), proof AS (
    SELECT DISTINCT day, visitor FROM scope
    WHERE user_id IS NOT NULL OR session IN (SELECT session FROM sitestats_deed)
), v AS MATERIALIZED (
    SELECT scope.*, proof.visitor IS NOT NULL AS proven, coalesce(step, 1) AS step,
        fine AND lag(at) OVER s IS NULL AS enters, fine AND lead(at) OVER s IS NULL AS leaves
    FROM scope LEFT JOIN step USING (session) LEFT JOIN proof USING (day, visitor)
    WINDOW s AS (PARTITION BY fine, session ORDER BY at, path_id)
), f AS (
    SELECT day, kind, path_id AS path, origin_id AS origin, agent_id AS agent, device, identity, status, size,
        microseconds, fine, enters, leaves, proven, step,
        fine AND row_number() OVER (PARTITION BY fine, day, session{apart}) = 1 AS s1,
        fine AND row_number() OVER (PARTITION BY fine, day, visitor{apart}) = 1 AS v1
    FROM v WHERE day BETWEEN %(first)s AND %(last)s {only}
)
