-- name: lines
-- The numbers of one form in some days: whole, by variant, by page. A visit counts once, whoever told of it (the tracker
-- and the form itself may both do so). Carried by capture_activity_forms (at), which holds nothing but forms' facts.
WITH facts AS MATERIALIZED (
    SELECT coalesce(session_id, subject_id) AS visit, kind, name, coalesce(human, 1) >= 0.5 AS is_human, properties,
           coalesce(nullif(split_part(split_part(properties ->> 'page', '?', 1), '#', 1), ''), '–') AS page
    FROM capture_activity
    WHERE at >= %(since)s AND at < %(until)s
      AND (kind = 'form_submitted' OR (kind = 'track' AND name IN ('Form viewed', 'Form started', 'Form abandoned')))
      AND CASE kind WHEN 'form_submitted' THEN object_id ELSE properties ->> 'form' END = %(form)s
), shown AS (
    SELECT visit, max(coalesce(properties ->> 'variant', '')) AS variant, max(page) AS page, bool_or(is_human) AS is_human,
           bool_or(name = 'Form started') AS is_started
    FROM facts WHERE kind = 'track' GROUP BY visit
), told AS (
    SELECT 'view' AS what, variant, page, is_human, is_started, NULL::numeric AS seconds FROM shown
    UNION ALL
    SELECT 'sent', coalesce(properties ->> 'variant', ''), page, is_human, false, (properties ->> 'seconds')::numeric
    FROM facts WHERE kind = 'form_submitted'
)
SELECT d.dimension, d.value,
       count(*) FILTER (WHERE what = 'view' AND is_human) AS views,
       count(*) FILTER (WHERE what = 'view') AS views_all,
       count(*) FILTER (WHERE what = 'view' AND is_started AND is_human) AS starts,
       count(*) FILTER (WHERE what = 'view' AND is_started) AS starts_all,
       count(*) FILTER (WHERE what = 'sent' AND is_human) AS sent,
       count(*) FILTER (WHERE what = 'sent') AS sent_all,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds::double precision)
           FILTER (WHERE what = 'sent' AND is_human AND seconds IS NOT NULL) AS median_seconds
FROM told, LATERAL (VALUES ('all', ''), ('variant', variant), ('page', page)) AS d (dimension, value)
GROUP BY d.dimension, d.value
ORDER BY d.dimension, views DESC, sent DESC, d.value
LIMIT 200

-- name: stops
-- At which question people left a form without sending it: the last one that each visit touched. Carried as above.
WITH facts AS MATERIALIZED (
    SELECT coalesce(session_id, subject_id) AS visit, at, kind, name, properties ->> 'field' AS field
    FROM capture_activity
    WHERE at >= %(since)s AND at < %(until)s AND coalesce(human, 1) >= 0.5
      AND (kind = 'form_submitted' OR (kind = 'track' AND name IN ('Form viewed', 'Form started', 'Form abandoned')))
      AND CASE kind WHEN 'form_submitted' THEN object_id ELSE properties ->> 'form' END = %(form)s
), last AS (
    SELECT DISTINCT ON (visit) visit, field FROM facts
    WHERE name = 'Form abandoned' AND field IS NOT NULL AND NOT EXISTS (
        SELECT FROM facts sent WHERE sent.kind = 'form_submitted' AND sent.visit = facts.visit)
    ORDER BY visit, at DESC
)
SELECT field, count(*) AS people FROM last GROUP BY field ORDER BY people DESC, field
