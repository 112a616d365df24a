-- name: remember
-- Notes the message ids of a set; answers those that nobody has noted before. Carried by the primary key.
INSERT INTO capture_seenmessage (message_id, seen_at)
SELECT message_id, %(now)s FROM unnest(%(messages)s::text[]) AS message_id ORDER BY message_id
ON CONFLICT (message_id) DO NOTHING
RETURNING message_id
