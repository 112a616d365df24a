-- name: add
-- Addresses that must not be used. Carried by the unique email_key; a weightier reason replaces a lighter one.
INSERT INTO profile_suppression (email_key, reason, at, source)
SELECT key, %(reason)s, %(now)s, %(source)s FROM unnest(%(keys)s::text[]) AS key ORDER BY key
ON CONFLICT (email_key) DO UPDATE SET reason = excluded.reason, at = excluded.at, source = excluded.source
WHERE array_position(ARRAY['unsubscribed', 'manual', 'bounce', 'complaint', 'erased'], excluded.reason::text)
    > array_position(ARRAY['unsubscribed', 'manual', 'bounce', 'complaint', 'erased'], profile_suppression.reason::text)

-- name: lift
-- Lets addresses be used again; an erased one is known by its fingerprint only.
DELETE FROM profile_suppression
WHERE reason = ANY (%(reasons)s)
  AND email_key IN (SELECT key FROM unnest(%(keys)s::text[]) AS key
                    UNION ALL
                    SELECT 'sha256:' || encode(sha256(convert_to(key, 'UTF8')), 'hex')
                    FROM unnest(%(keys)s::text[]) AS key)
