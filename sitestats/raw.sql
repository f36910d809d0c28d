-- What rebuild.sql makes of a day, of the views of a period that filters leave: the same figures by the same rules, one
-- row a day, kind, path, origin, agent, device and identity. By path or not is told in figures.py; where they came from
-- is asked of the rows, since a visitor is counted with the first source of all. The days at both ends are read as well,
-- as a session may begin and end there.
WITH scope AS MATERIALIZED (
    SELECT p.day, p.at, p.visitor, p.session, p.user_id, p.path_id, p.origin_id, p.agent_id, p.identity, p.status,
        p.size, p.microseconds, p.status < 400 AS fine, a.kind, a.device
    FROM sitestats_pageview p JOIN sitestats_useragent a ON a.id = p.agent_id
    WHERE p.day BETWEEN %(first)s::date - 1 AND %(last)s::date + 1
        AND a.kind = ANY(%(kinds)s) {scope}
), make AS (
    SELECT session, began, min(at) AS at FROM scope CROSS JOIN LATERAL (VALUES (day), (day - 1)) AS starts (began)
    WHERE fine AND path_id = (SELECT id FROM sitestats_path WHERE text = '/make/') GROUP BY session, began
), done AS (
    SELECT session, began, min(d.at) FILTER (WHERE what = 'render' AND d.at >= make.at) AS render,
        min(d.at) FILTER (WHERE what = 'sign_up') AS sign_up, max(d.at) FILTER (WHERE what = 'top_up') AS top_up
    FROM sitestats_deed d JOIN make USING (session)
    WHERE d.day IN (began, began + 1) AND done_at IS NOT NULL GROUP BY session, began
), step AS (
    SELECT session, began AS day, CASE WHEN top_up >= sign_up AND sign_up >= render THEN 5 WHEN sign_up >= render THEN 4
        WHEN render IS NOT NULL THEN 3 ELSE 2 END AS step
    FROM make LEFT JOIN done USING (session, began)
), proof AS (
    SELECT DISTINCT day, visitor FROM scope WHERE user_id IS NOT NULL OR (session, day) IN (
        SELECT session, day + beside FROM sitestats_deed CROSS JOIN generate_series(-1, 1) AS beside
        WHERE day BETWEEN %(first)s::date - 1 AND %(last)s::date + 1)
), v AS MATERIALIZED (
    SELECT scope.*, proof.visitor IS NOT NULL AS proven, coalesce(step, 1) AS step,
        fine AND coalesce(lag(day) OVER s < day - 1, true) AS enters,
        fine AND coalesce(lead(day) OVER s > day + 1, true) AS leaves
    FROM scope LEFT JOIN step USING (session, day) LEFT JOIN proof USING (day, visitor)
    WINDOW s AS (PARTITION BY fine, session ORDER BY day, at, path_id)
), f AS (
    SELECT day, kind, path_id AS path, origin_id AS origin, agent_id AS agent, device, identity, status, size,
        microseconds, fine, enters, leaves, proven, step,
        fine AND row_number() OVER (PARTITION BY fine, day, session{apart}) = 1 AS s1,
        fine AND row_number() OVER (PARTITION BY fine, day, visitor{apart} ORDER BY at, origin_id) = 1 AS v1
    FROM v WHERE day BETWEEN %(first)s AND %(last)s {only}
)
