-- name: remember
-- Notes the riddles that a set has answered; answers those that nobody has answered before. Carried by the primary key.
INSERT INTO capture_seenmessage (message_id, seen_at)
SELECT key, %(now)s FROM unnest(%(keys)s::text[]) AS key ORDER BY key
ON CONFLICT (message_id) DO NOTHING
RETURNING message_id

-- name: hold
-- Keeps the submissions of a set aside, as they came. Carried by the unique message_id.
INSERT INTO capture_heldsubmission
    (message_id, form_code, received_at, address, user_agent, email, reasons, payload)
SELECT message_id, form, at, address::inet, agent, email, reasons, payload
FROM unnest(%(messages)s::text[], %(forms)s::text[], %(ats)s::timestamptz[], %(addresses)s::text[], %(agents)s::text[],
            %(emails)s::text[], %(reasons)s::jsonb[], %(payloads)s::jsonb[])
    AS held (message_id, form, at, address, agent, email, reasons, payload)
ON CONFLICT (message_id) DO NOTHING
