-- name: is_stale
-- Whether a rule or the model has changed since it was last given out. Models and rules are few.
SELECT EXISTS (SELECT FROM qualify_scoremodel WHERE is_stale) OR EXISTS (SELECT FROM qualify_scorerule WHERE is_stale)

-- name: give
-- Points for what people did, once per contact, rule and activity, and within a rule's cap per half-life. the condition put in says
-- whose or which activities: a span of the log, all of some contacts, or all of a time.
-- Carried by capture_activity_log or capture_activity_subject, and by point_once (contact_id, rule_id, activity_id).
WITH act AS (
    SELECT i.contact_id, rule.id AS rule_id, rule.points, rule.cap, a.at, a.id AS activity_id,
           floor(extract(epoch FROM a.at - %(epoch)s)::float8 / 86400 / %(half_life)s) AS period
    FROM capture_judged a
    JOIN profile_identity i ON i.subject_id = a.subject_id
    JOIN qualify_scorerule rule
      ON rule.model_id = %(model)s AND rule.kind = 'engagement' AND rule.is_active AND rule.activity_kind = a.kind
    WHERE {which} AND {live}
      AND a.kind = ANY(%(kinds)s) AND (a.human IS NULL OR a.human >= 0.5)
      AND a.at > %(horizon)s
      AND (rule.activity_name = ''
           OR lower(rule.activity_name) IN (lower(a.name), lower(a.properties ->> 'path'))
           OR (right(rule.activity_name, 1) = '*'
               AND (starts_with(lower(a.name), lower(left(rule.activity_name, -1)))
                    OR starts_with(lower(a.properties ->> 'path'), lower(left(rule.activity_name, -1))))))
      AND NOT EXISTS (
          SELECT FROM qualify_point p
          WHERE p.contact_id = i.contact_id AND p.rule_id = rule.id AND p.activity_id = a.id
      )
), turn AS (
    SELECT act.*,
           row_number() OVER (PARTITION BY contact_id, rule_id, period ORDER BY at, activity_id)
           + CASE WHEN cap IS NULL THEN 0 ELSE (
               SELECT count(*) FROM qualify_point p
               WHERE p.contact_id = act.contact_id AND p.rule_id = act.rule_id
                 AND floor(extract(epoch FROM p.at - %(epoch)s)::float8 / 86400 / %(half_life)s) = act.period
             ) END AS number
    FROM act
), given AS (
    INSERT INTO qualify_point (contact_id, rule_id, points, at, activity_id)
    SELECT contact_id, rule_id, points, at, activity_id FROM turn WHERE cap IS NULL OR number <= cap
    ON CONFLICT DO NOTHING
    RETURNING contact_id
)
SELECT DISTINCT contact_id FROM given

-- name: take_back_of_rule
-- The points of a rule that has changed. A scan of the points: rules change seldom.
DELETE FROM qualify_point WHERE rule_id = %(rule)s

-- name: take_back_of_contacts
-- What some contacts did counts anew, because browsers or a merged contact were joined to them or taken away.
-- Carried by point_once.
DELETE FROM qualify_point WHERE contact_id = ANY(%(contacts)s) AND activity_id IS NOT NULL

-- name: judged_again
-- Contacts of whose acts something else counts now, in a span of the log. Carried by capture_activity_log.
SELECT DISTINCT i.contact_id FROM capture_activity a JOIN profile_identity i ON i.subject_id = a.subject_id
WHERE {within} AND a.kind = 'judged_again'

-- name: fit
-- Points for who somebody is: given as long as the rule's condition fits, taken back when it does not.
-- May be limited to some contacts. Carried by the primary key of profile_contact and by point_once.
WITH fitting AS MATERIALIZED (
    SELECT c.id FROM profile_contact c WHERE {among} AND {where}
), gone AS (
    DELETE FROM qualify_point p USING profile_contact c
    WHERE p.rule_id = %(rule)s AND c.id = p.contact_id AND {among}
      AND NOT EXISTS (SELECT FROM fitting WHERE fitting.id = p.contact_id)
    RETURNING p.contact_id
), given AS (
    INSERT INTO qualify_point (contact_id, rule_id, points, at, activity_id)
    SELECT id, %(rule)s, %(points)s, %(now)s, NULL FROM fitting
    WHERE NOT EXISTS (SELECT FROM qualify_point p WHERE p.rule_id = %(rule)s AND p.contact_id = fitting.id)
    ON CONFLICT DO NOTHING
    RETURNING contact_id
)
SELECT contact_id FROM gone UNION SELECT contact_id FROM given

-- name: sum
-- Sums the points of contacts into their scores (the arithmetic is in rules.py), and says who crossed the thresholds.
-- May be limited to some contacts. Carried by point_once (contact_id, …) and the primary key of qualify_score.
WITH asked AS (
    SELECT c.id AS contact_id FROM profile_contact c WHERE {among}
), point AS (
    SELECT p.contact_id, rule.kind, p.points,
           extract(epoch FROM p.at - %(epoch)s)::float8 / 86400 / %(half_life)s AS t,
           max(extract(epoch FROM p.at - %(epoch)s)::float8 / 86400 / %(half_life)s)
               OVER (PARTITION BY p.contact_id, rule.kind) AS latest
    FROM qualify_point p
    JOIN asked USING (contact_id)
    JOIN qualify_scorerule rule ON rule.id = p.rule_id AND rule.model_id = %(model)s AND rule.is_active
), summed AS (
    SELECT contact_id,
           COALESCE(sum(points) FILTER (WHERE kind = 'fit'), 0) AS fit,
           max(latest) FILTER (WHERE kind = 'engagement') AS latest,
           sum(points * power(2::float8, GREATEST(t - latest, -1000))) FILTER (WHERE kind = 'engagement') AS worth
    FROM point GROUP BY contact_id
), level AS (
    SELECT asked.contact_id, COALESCE(summed.fit, 0) AS fit,
           CASE WHEN summed.worth > 0 THEN summed.latest + ln(summed.worth) / ln(2::float8) END AS engagement_level
    FROM asked LEFT JOIN summed USING (contact_id) LEFT JOIN qualify_score s USING (contact_id)
    WHERE summed.contact_id IS NOT NULL OR s.contact_id IS NOT NULL
), judged AS (
    SELECT level.*,
           fit >= %(fit_threshold)s AND COALESCE(engagement_level >= %(hot_level)s, FALSE) AS is_hot
    FROM level
), before AS (
    SELECT s.contact_id, s.is_hot FROM qualify_score s JOIN judged USING (contact_id)
), kept AS (
    INSERT INTO qualify_score AS s (contact_id, fit, engagement_level, below_at, is_hot, updated_at)
    SELECT contact_id, fit, engagement_level,
           CASE WHEN is_hot THEN
               %(epoch)s + (engagement_level - %(threshold_level)s) * %(half_life)s * interval '1 day' + interval '1 second'
           END,
           is_hot, %(now)s
    FROM judged
    ON CONFLICT (contact_id) DO UPDATE
    SET fit = excluded.fit, engagement_level = excluded.engagement_level, below_at = excluded.below_at,
        is_hot = excluded.is_hot, updated_at = excluded.updated_at
    WHERE (s.fit, s.engagement_level, s.below_at, s.is_hot)
          IS DISTINCT FROM (excluded.fit, excluded.engagement_level, excluded.below_at, excluded.is_hot)
    RETURNING s.contact_id, s.is_hot
)
SELECT (SELECT count(*) FROM kept) AS changed,
       ARRAY(SELECT contact_id FROM kept LEFT JOIN before USING (contact_id)
             WHERE kept.is_hot AND NOT COALESCE(before.is_hot, FALSE)) AS hot,
       ARRAY(SELECT contact_id FROM kept JOIN before USING (contact_id)
             WHERE before.is_hot AND NOT kept.is_hot) AS cooled

-- name: due
-- Hot contacts whose engagement has faded below the threshold. Carried by the index on below_at, which only the hot have.
SELECT contact_id FROM qualify_score WHERE below_at BETWEEN %(since)s AND %(now)s ORDER BY below_at LIMIT 20000

-- name: next_due
SELECT below_at FROM qualify_score WHERE below_at >= %(since)s ORDER BY below_at LIMIT 1

-- name: crossed_facts
-- Who crossed the thresholds, with the points at that moment. Carried by primary keys.
SELECT %(now)s::timestamptz, c.uid, 'score_crossed', %(name)s::text, '', '', '', NULL::bigint,
       jsonb_build_object('fit', s.fit, 'engagement', COALESCE(
           round(power(2::float8, GREATEST(s.engagement_level - %(now_level)s, -1000))::numeric, 1), 0))
FROM qualify_score s JOIN profile_contact c ON c.id = s.contact_id
WHERE s.contact_id = ANY(%(contacts)s)

-- name: leads_of
-- For each of some contacts the lead that a crossing concerns: the open one, else the latest; and who moved it last.
-- Carried by qualify_lead (contact_id, opened_at DESC) and qualify_stagemove (lead_id, at, id).
SELECT contact.id AS contact_id, lead.id AS lead_id, lead.stage, lead.owner_id, last.actor
FROM unnest(%(contacts)s::bigint[]) AS contact (id)
LEFT JOIN LATERAL (
    SELECT * FROM qualify_lead l WHERE l.contact_id = contact.id
    ORDER BY l.stage = ANY(%(open_stages)s) DESC, l.opened_at DESC, l.id DESC LIMIT 1
) AS lead ON TRUE
LEFT JOIN LATERAL (
    SELECT actor FROM qualify_stagemove m WHERE m.lead_id = lead.id ORDER BY m.at DESC, m.id DESC LIMIT 1
) AS last ON TRUE

-- name: score_leads
-- A lead for each of some contacts who became hot without raising a hand; from where they first came.
SELECT c.id AS contact_id, %(now)s::timestamptz AS opened_at, 'score' AS source, '' AS interest,
       c.first_channel AS channel, c.first_campaign_id AS campaign_id, NULL::bigint AS owner_id, NULL::numeric AS value,
       NULL::text AS external_id, NULL::uuid AS activity_id, NULL::jsonb AS custom
FROM profile_contact c WHERE c.id = ANY(%(contacts)s)

-- name: points_of
-- Every point of a contact, with its rule and its activity. Carried by point_once and the primary key of activities.
SELECT p.points, p.at, p.activity_id, rule.id AS rule_id, rule.name AS rule, rule.kind, rule.condition::text AS condition,
       a.kind AS activity_kind, a.name AS activity_name, a.object_kind, a.object_id
FROM qualify_point p
JOIN qualify_scorerule rule ON rule.id = p.rule_id AND rule.is_active
LEFT JOIN capture_activity a ON a.id = p.activity_id AND a.at = p.at
WHERE p.contact_id = %(contact)s AND rule.model_id = %(model)s
ORDER BY p.at DESC, p.id DESC

-- name: grid
-- How many contacts lie in each field of fit × engagement: reached, half-way, below. One pass over the scores.
SELECT CASE WHEN fit >= %(fit_threshold)s THEN 0 WHEN fit >= %(fit_threshold)s / 2.0 THEN 1 ELSE 2 END AS fit,
       CASE WHEN engagement_level >= %(hot_level)s THEN 0
            WHEN engagement_level >= %(hot_level)s - 1 THEN 1 ELSE 2 END AS engagement,
       count(*) AS contacts
FROM qualify_score GROUP BY 1, 2
