-- name: refuse
-- What was not taken, and why.
INSERT INTO capture_refusal (hit_id, received_at, reason, detail)
SELECT * FROM unnest(%(hits)s::bigint[], %(ats)s::timestamptz[], %(reasons)s::text[], %(details)s::text[])
ON CONFLICT (hit_id) DO NOTHING

-- name: counts
-- How many hits were refused, by reason and day. Carried by refusal_reason (reason, received_at DESC), read in full.
SELECT reason, (received_at AT TIME ZONE 'UTC')::date AS day, count(*) AS hits
FROM capture_refusal WHERE received_at >= %(since)s GROUP BY 1, 2 ORDER BY 1, 2

-- name: hit
-- A refused hit with what came in. Carried by the unique hit_id and the hits' key.
SELECT r.hit_id, r.received_at, r.reason, r.detail, r.again_at, r.again_by, h.kind, h.message_id, host(h.address) AS address,
       h.user_agent, h.payload::text AS payload
FROM capture_refusal r LEFT JOIN capture_hit h ON h.id = r.hit_id WHERE r.hit_id = %(hit)s

-- name: again
-- Copies refused hits behind those that wait, under message ids of their own, and notes who wanted it. A form says what it
-- was called when it came, for its files go by that name. Carried by the unique hit_id and the hits' key.
WITH chosen AS (
    UPDATE capture_refusal r SET again_at = %(now)s, again_by = %(by)s
    FROM capture_hit h
    WHERE r.hit_id = ANY(%(hits)s) AND h.id = r.hit_id AND r.reason = ANY(%(reasons)s) AND r.again_at IS NULL
    RETURNING h.id
)
INSERT INTO capture_hit (received_at, kind, message_id, key_id, address, user_agent, payload)
SELECT h.received_at, h.kind, 'again:' || h.id, h.key_id, h.address, h.user_agent,
       CASE h.kind WHEN 'form' THEN jsonb_build_object('was', h.message_id) || h.payload ELSE h.payload END
FROM chosen JOIN capture_hit h USING (id) ORDER BY h.id
