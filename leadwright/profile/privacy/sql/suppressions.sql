-- name: add
-- Addresses that must not be used. Carried by the unique email_key; a weightier reason replaces a lighter one.
INSERT INTO profile_suppression (email_key, reason, at, source, note, actor)
SELECT key, %(reason)s, %(now)s, %(source)s, %(note)s, %(actor)s FROM unnest(%(keys)s::text[]) AS key ORDER BY key
ON CONFLICT (email_key) DO UPDATE
SET reason = excluded.reason, at = excluded.at, source = excluded.source, note = excluded.note, actor = excluded.actor
WHERE array_position(ARRAY['unsubscribed', 'manual', 'bounce', 'complaint', 'erased'], excluded.reason::text)
    > array_position(ARRAY['unsubscribed', 'manual', 'bounce', 'complaint', 'erased'], profile_suppression.reason::text)

-- name: lift
-- Lets addresses be used again, however they stand on the list; a line about a whole domain is not one person's to lift.
DELETE FROM profile_suppression
WHERE reason = ANY (%(reasons)s)
  AND email_key IN (SELECT mark FROM unnest(%(keys)s::text[]) AS key, unnest(profile_marks(key)) AS mark
                    WHERE mark NOT LIKE '@%%')

-- name: take_off
-- Lines that somebody takes off by hand. Carried by the primary key.
DELETE FROM profile_suppression WHERE id = ANY (%(ids)s) RETURNING email_key, reason

-- name: of
-- The lines that an address falls under. Carried by the unique email_key, once for each of its marks.
SELECT * FROM profile_suppression WHERE email_key = ANY (profile_marks(%(key)s))
ORDER BY array_position(ARRAY['unsubscribed', 'manual', 'bounce', 'complaint', 'erased'], reason::text) DESC
