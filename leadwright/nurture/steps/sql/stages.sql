-- name: earlier
-- The latest lead of each contact, where it stands in one of the earlier stages.
-- Carried by qualify_lead (contact_id, opened_at DESC).
SELECT l.id, c.id AS contact_id
FROM unnest(%(contacts)s::bigint[]) AS c (id)
CROSS JOIN LATERAL (
    SELECT id, stage FROM qualify_lead WHERE contact_id = c.id ORDER BY opened_at DESC, id DESC LIMIT 1) AS l
WHERE l.stage = ANY(%(stages)s)
