-- name: alone
-- One at a time decides, so that what counted before is known. Held until the transaction ends.
SELECT pg_advisory_xact_lock(29, 2)

-- name: decide
-- Lets one voice speak about a set of activities, which a query tells: (activity_id, at, human, reasons, rule_id,
-- marked_by); a null `human` takes its word back. Where a person, a rule and evidence speak, the first of them counts.
-- Answers what counted before and what counts now. Carried by the activities' key and the verdicts' key.
WITH told AS (
    SELECT DISTINCT ON (activity_id) * FROM ({query}) AS q (activity_id, at, human, reasons, rule_id, marked_by)
    ORDER BY activity_id
), before AS (
    SELECT t.*, a.subject_id, a.kind, a.name, a.human AS at_first, coalesce(v.human, a.human) AS was
    FROM told t
    JOIN capture_activity a ON a.id = t.activity_id AND a.at = t.at
    LEFT JOIN capture_verdict v ON v.activity_id = t.activity_id
    WHERE a.human IS NOT NULL
      AND (v.{voice} IS DISTINCT FROM t.human OR ('{voice}' = 'by_rule' AND v.rule_id IS DISTINCT FROM t.rule_id))
), settled AS (
    INSERT INTO capture_verdict AS v (activity_id, at, {voice}, human, evidence, rule_id, marked_by, decided_at)
    SELECT activity_id, at, human, human, coalesce(reasons, '[]'), rule_id, coalesce(marked_by, ''), %(now)s FROM before
    ON CONFLICT (activity_id) DO UPDATE
    SET {voice} = excluded.{voice},
        human = coalesce({by_person}, {by_rule}, {by_evidence}),
        evidence = CASE WHEN '{voice}' = 'by_evidence' THEN excluded.evidence ELSE v.evidence END,
        rule_id = CASE WHEN '{voice}' = 'by_rule' THEN excluded.rule_id ELSE v.rule_id END,
        marked_by = CASE WHEN '{voice}' = 'by_person' THEN excluded.marked_by ELSE v.marked_by END,
        decided_at = excluded.decided_at
    RETURNING v.activity_id, v.human
)
SELECT before.activity_id, before.at, before.subject_id, before.kind, before.name, before.was,
       coalesce(settled.human, before.at_first) AS human
FROM before JOIN settled USING (activity_id)
ORDER BY before.at, before.activity_id

-- name: chosen
-- Activities by their keys.
SELECT id, at, %(human)s::real, NULL::jsonb, NULL::bigint, %(by)s::text
FROM unnest(%(ids)s::uuid[], %(ats)s::timestamptz[]) AS chosen (id, at)

-- name: find
-- Activities by their ids alone, in any month. Carried by the primary key of each month.
SELECT id, at FROM capture_activity WHERE id = ANY(%(ids)s)

-- name: rules
-- The rules of the house that hold. Few.
SELECT id, kind, pattern, is_person FROM capture_houserule WHERE ended_at IS NULL ORDER BY id

-- name: clicks
-- The browsers and contacts of clicks. Carried by mailclick_message (contact_uid, message).
SELECT activity_id, visitor_id, contact_uid, message, at FROM capture_mailclick
WHERE contact_uid = ANY(%(contacts)s) AND activity_id = ANY(%(activities)s) AND visitor_id IS NOT NULL
