-- name: hold
-- The two records of a merge, held until it is done; in the order of their ids, so that two merges cannot wait for each
-- other in a circle. Carried by the primary key.
SELECT id, to_jsonb(c)::text AS row FROM /*table*/ c WHERE id = ANY (%(ids)s) ORDER BY id FOR UPDATE

-- name: later
-- What became of the survivor since: a later merge into it, or of it, that still stands. Carried by merge_survivor and
-- merge_absorbed.
SELECT id, survivor_id, absorbed_id FROM profile_merge
WHERE kind = %(kind)s AND id > %(merge)s AND undone_at IS NULL
  AND (survivor_id = %(survivor)s OR absorbed_id = %(survivor)s)
ORDER BY id DESC LIMIT 1

-- name: columns
-- The columns of a table that can be written.
SELECT attname::text AS name FROM pg_attribute
WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum

-- name: part
INSERT INTO profile_mergepart (merge_id, "table", act, rows)
SELECT %(merge)s, %(table)s, act, rows FROM unnest(%(acts)s::text[], %(rows)s::jsonb[]) AS told (act, rows)

-- name: identities
-- The subjects of the absorbed contact are the survivor's; its own uid leads there as that of a merged one. Carried by
-- the index on contact_id.
UPDATE profile_identity SET contact_id = %(survivor)s, kind = CASE WHEN subject_id = %(uid)s THEN 'merged' ELSE kind END
WHERE contact_id = %(absorbed)s RETURNING subject_id::text AS key

-- name: identities_back
-- The subjects come back, and with them those that were told apart since by an address, user id or link of the absorbed
-- one. Carried by the primary key and the index on contact_id.
UPDATE profile_identity SET contact_id = %(absorbed)s,
    kind = CASE WHEN subject_id = %(uid)s THEN 'self' ELSE kind END
WHERE contact_id = %(survivor)s
  AND (subject_id = ANY (%(subjects)s::uuid[]) OR (kind = 'visitor' AND told_by = ANY (%(marks)s)))

-- name: keys
-- By what the absorbed one was known, the survivor is known from now on. Carried by contactkey_once.
INSERT INTO profile_contactkey (contact_id, kind, key, since, source)
SELECT %(survivor)s, kind, key, %(now)s, %(source)s FROM unnest(%(kinds)s::text[], %(keys)s::text[]) AS told (kind, key)
ON CONFLICT (kind, key) DO NOTHING RETURNING id

-- name: suppressed
-- Why any address of the two may not be used, as far as the person is meant and not the mailbox. Carried by the unique
-- email_key, once for each mark of each address.
SELECT s.email_key, s.reason, s.source FROM profile_suppression s
WHERE s.reason <> 'bounce' AND s.email_key IN (
    SELECT mark FROM unnest(%(keys)s::text[]) AS key, unnest(profile_marks(key)) AS mark WHERE mark NOT LIKE '@%%')
ORDER BY array_position(ARRAY['unsubscribed', 'manual', 'bounce', 'complaint', 'erased'], s.reason::text) DESC LIMIT 1

-- name: suppress
INSERT INTO profile_suppression (email_key, reason, at, source, note, actor)
SELECT key, %(reason)s, %(now)s, %(source)s, %(note)s, %(actor)s FROM unnest(%(keys)s::text[]) AS key
WHERE NOT EXISTS (SELECT FROM profile_suppression s WHERE s.email_key = ANY (profile_marks(key)) AND s.reason <> 'bounce')
ON CONFLICT (email_key) DO NOTHING RETURNING id

-- name: stricter_preference
-- Of two wishes how to be written to, the quieter holds. Carried by the primary key.
UPDATE profile_preference p SET paused_until = greatest(p.paused_until, %(paused)s::timestamptz),
                                every_days = greatest(p.every_days, %(days)s::int)
WHERE p.contact_id = %(survivor)s

-- name: decide
-- The pair is decided, and what else was proposed with the absorbed one is not asked any more. Carried by duplicate_once
-- and duplicate_high.
UPDATE profile_duplicate SET state = 'merged', decided_at = %(now)s, decided_by_id = %(user)s
WHERE kind = %(kind)s AND low_id = least(%(survivor)s, %(absorbed)s::bigint)
  AND high_id = greatest(%(survivor)s, %(absorbed)s::bigint) AND state <> 'merged'

-- name: reopen
UPDATE profile_duplicate SET state = 'dismissed', decided_at = %(now)s, decided_by_id = %(user)s
WHERE kind = %(kind)s AND low_id = least(%(survivor)s, %(absorbed)s::bigint)
  AND high_id = greatest(%(survivor)s, %(absorbed)s::bigint) AND state = 'merged'

-- name: past
-- The latest of a record's earlier values. Carried by past_of_contact and past_of_company.
SELECT coalesce(max(id), 0) FROM profile_pastvalue WHERE /*of*/ = %(id)s

-- name: forget_past
-- Earlier values that only a merge and its undo have made. Carried by past_of_contact and past_of_company.
DELETE FROM profile_pastvalue WHERE /*of*/ = %(id)s AND id > %(after)s AND id <= %(until)s

-- name: forget_entries
-- The entries by which the stricter word of two people held while they were one.
DELETE FROM profile_consentrecord WHERE id = ANY (%(records)s)
