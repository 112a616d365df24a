-- name: purposes
INSERT INTO profile_purpose (key, name, description, double_opt_in, is_active, position)
SELECT key, name, '', true, true, 100 FROM unnest(%(keys)s::text[], %(names)s::text[]) AS told (key, name)
ON CONFLICT (key) DO NOTHING

-- name: hold_purposes
-- What new entries refer to, held until they are written. Carried by the primary key.
SELECT key FROM profile_purpose WHERE key = ANY (%(keys)s) ORDER BY key FOR KEY SHARE

-- name: hold
-- The contacts whose consent changes, held so that two acts of one person come one after the other.
SELECT id, uid, email_key FROM profile_contact WHERE id = ANY (%(contacts)s) ORDER BY id FOR NO KEY UPDATE

-- name: states
-- What holds now. Carried by consent_once (contact_id, purpose_id).
SELECT contact_id, purpose_id, state, at FROM profile_consent WHERE contact_id = ANY (%(contacts)s)

-- name: by_uid
-- Contacts by uid, also by that of one merged into them. Carried by the identities' key.
SELECT contact_id AS id, subject_id AS uid FROM profile_identity WHERE subject_id = ANY (%(uids)s) AND kind <> 'visitor'

-- name: keys
SELECT nextval(pg_get_serial_sequence('profile_consentrecord', 'id')) AS id FROM generate_series(1, %(count)s)

-- name: ledger
-- Everything that was written about some contacts: a few entries each. Carried by the index (contact, purpose, …).
SELECT contact_id, purpose_id, id, at, state,
       coalesce(proof->>'confirms', proof->>'lapses', proof->>'undoes')::bigint AS refers,
       jsonb_exists(proof, 'import') AS is_told
FROM profile_consentrecord WHERE contact_id = ANY (%(contacts)s)

-- name: record
-- New entries of the ledger; nothing else ever writes to it, and the database lets nobody change it.
INSERT INTO profile_consentrecord (id, contact_id, purpose_id, state, wording, version_id, at, source, page, address,
                                   actor, note, proof)
SELECT * FROM unnest(%(ids)s::bigint[], %(contacts)s::bigint[], %(purposes)s::text[], %(states)s::text[],
    %(wordings)s::text[], %(versions)s::bigint[], %(ats)s::timestamptz[], %(sources)s::text[], %(pages)s::text[],
    %(addresses)s::inet[], %(actors)s::text[], %(notes)s::text[], %(proofs)s::jsonb[])

-- name: hold_now
-- What holds from now on. Carried by consent_once.
INSERT INTO profile_consent (contact_id, purpose_id, state, at)
SELECT * FROM unnest(%(contacts)s::bigint[], %(purposes)s::text[], %(states)s::text[], %(ats)s::timestamptz[])
ON CONFLICT (contact_id, purpose_id) DO UPDATE SET state = excluded.state, at = excluded.at

-- name: let_go
-- Before what holds is read anew: what no entry speaks of any more. Carried by consent_once.
DELETE FROM profile_consent k
WHERE k.contact_id = ANY (%(contacts)s)
  AND NOT EXISTS (SELECT FROM profile_consentrecord r WHERE r.contact_id = k.contact_id AND r.purpose_id = k.purpose_id)

-- name: notice
-- Before what is read as nothing goes: later stages note what changes, and not what is removed. Carried by consent_once.
UPDATE profile_consent k SET state = 'undone'
FROM unnest(%(contacts)s::bigint[], %(purposes)s::text[]) AS gone (contact_id, purpose_id)
WHERE k.contact_id = gone.contact_id AND k.purpose_id = gone.purpose_id

-- name: hold_nothing
-- What reads as nothing, since all that was told was taken back. Carried by consent_once.
DELETE FROM profile_consent k
USING unnest(%(contacts)s::bigint[], %(purposes)s::text[]) AS gone (contact_id, purpose_id)
WHERE k.contact_id = gone.contact_id AND k.purpose_id = gone.purpose_id

-- name: told
-- Of some entries that imports wrote, those that are there and were not taken back. Carried by the primary key and the
-- index (contact, purpose, …).
SELECT r.id, r.contact_id
FROM profile_consentrecord r
WHERE r.id = ANY (%(records)s) AND jsonb_exists(r.proof, 'import') AND r.state <> 'undone'
  AND NOT EXISTS (SELECT FROM profile_consentrecord u
                  WHERE u.contact_id = r.contact_id AND u.purpose_id = r.purpose_id AND u.state = 'undone'
                    AND (u.proof->>'undoes')::bigint = r.id)
ORDER BY r.id

-- name: take_back
-- The entries that take others back. Carried by the primary key.
INSERT INTO profile_consentrecord (contact_id, purpose_id, state, wording, version_id, at, source, page, actor, note,
                                   proof)
SELECT r.contact_id, r.purpose_id, 'undone', '', NULL, %(now)s, %(source)s, '', %(actor)s, '',
       jsonb_build_object('undoes', r.id, 'import', r.proof->'import')
FROM profile_consentrecord r WHERE r.id = ANY (%(records)s) ORDER BY r.id

-- name: forget_told
-- The facts of entries that were taken back: history that was told by mistake is none. Carried by
-- capture_activity_subject (subject_id, at).
DELETE FROM capture_activity a
USING profile_consentrecord r JOIN profile_identity i ON i.contact_id = r.contact_id
WHERE r.id = ANY (%(records)s) AND a.subject_id = i.subject_id AND a.at = r.at
  AND a.object_kind = 'consent' AND a.object_id = r.id::text

-- name: open
-- Opens a door in the ledger's guard until the transaction ends, or shuts it; see migration 0004.
SELECT set_config('leadwright.ledger', %(door)s, true)

-- name: gather
-- A merge: entries change their contact and nothing else. Carried by the index (contact, …).
UPDATE profile_consentrecord SET contact_id = %(into)s WHERE contact_id = ANY (%(contacts)s) RETURNING id

-- name: give_back
-- The undo of it. Carried by the primary key.
UPDATE profile_consentrecord SET contact_id = %(to)s WHERE id = ANY (%(records)s)

-- name: unconfirmed
-- What was asked for long ago and never confirmed, with the entry that waits. Carried by consent_pending.
SELECT k.contact_id, k.purpose_id, r.id AS record_id
FROM profile_consent k
CROSS JOIN LATERAL (
    SELECT id FROM profile_consentrecord
    WHERE contact_id = k.contact_id AND purpose_id = k.purpose_id AND state = 'pending' ORDER BY at DESC, id DESC LIMIT 1
) AS r
WHERE k.state = 'pending' AND k.at < %(before)s
ORDER BY k.at LIMIT %(limit)s
