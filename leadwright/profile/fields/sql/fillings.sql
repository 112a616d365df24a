-- name: own
-- One value of a custom field for many contacts, or none; held in the order of their ids, as all sets are. A trigger keeps
-- what it said before. Carried by the primary key.
WITH held AS (
    SELECT id FROM profile_contact WHERE id = ANY(%(contacts)s) ORDER BY id FOR NO KEY UPDATE
)
UPDATE profile_contact c
SET custom = CASE WHEN %(value)s::jsonb IS NULL THEN c.custom - %(key)s::text
                  ELSE c.custom || jsonb_build_object(%(key)s::text, %(value)s::jsonb) END,
    origins = CASE WHEN %(origin)s::jsonb IS NULL THEN c.origins - %(name)s::text
                   ELSE c.origins || jsonb_build_object(%(name)s::text, %(origin)s::jsonb) END,
    updated_at = %(now)s
FROM held
WHERE c.id = held.id AND c.custom -> %(key)s::text IS DISTINCT FROM %(value)s::jsonb
  AND NOT (%(only_blank)s AND COALESCE(c.custom ->> %(key)s::text, '') <> '')
RETURNING c.id

-- name: plain
-- The same of one of the contact's own fields.
WITH held AS (
    SELECT id FROM profile_contact WHERE id = ANY(%(contacts)s) ORDER BY id FOR NO KEY UPDATE
)
UPDATE profile_contact c
SET {column} = %(value)s::{cast},
    origins = CASE WHEN %(origin)s::jsonb IS NULL THEN c.origins - %(name)s::text
                   ELSE c.origins || jsonb_build_object(%(name)s::text, %(origin)s::jsonb) END,
    updated_at = %(now)s
FROM held
WHERE c.id = held.id AND c.{column} IS DISTINCT FROM %(value)s::{cast}
  AND NOT (%(only_blank)s AND c.{column} IS DISTINCT FROM %(blank)s::{cast})
RETURNING c.id
