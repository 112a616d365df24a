-- name: count
SELECT count(*) FROM capture_heldsubmission

-- name: take
-- Takes submissions out, once: whoever comes second finds nothing. Carried by the primary key.
DELETE FROM capture_heldsubmission WHERE id = ANY (%(ids)s)
RETURNING message_id, form_code, received_at, host(address) AS address, user_agent, payload::text AS payload

-- name: let_in
-- Released submissions as hits of their own time, to be judged like any other.
INSERT INTO capture_hit (received_at, kind, message_id, address, user_agent, payload)
SELECT at, 'form', message_id, address::inet, agent, payload
FROM unnest(%(ats)s::timestamptz[], %(messages)s::text[], %(addresses)s::text[], %(agents)s::text[], %(payloads)s::jsonb[])
    AS released (at, message_id, address, agent, payload)

-- name: drop_files
-- The rows of the files that came with some submissions and are nobody's. Carried by the index on message_id.
DELETE FROM capture_upload WHERE message_id = ANY (%(messages)s) AND subject_id IS NULL RETURNING id

-- name: old
-- What nobody has decided about for long. Carried by capture_held_newest (received_at, id).
SELECT id FROM capture_heldsubmission WHERE received_at < %(before)s ORDER BY received_at, id LIMIT %(limit)s
