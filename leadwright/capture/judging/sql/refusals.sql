-- name: refuse
-- What was not taken, and why.
INSERT INTO capture_refusal (hit_id, received_at, reason, detail)
SELECT * FROM unnest(%(hits)s::bigint[], %(ats)s::timestamptz[], %(reasons)s::text[], %(details)s::text[])
ON CONFLICT (hit_id) DO NOTHING
