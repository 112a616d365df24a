-- name: purposes
INSERT INTO profile_purpose (key, name, description, double_opt_in, is_active, position)
SELECT key, name, '', true, true, 100 FROM unnest(%(keys)s::text[], %(names)s::text[]) AS told (key, name)
ON CONFLICT (key) DO NOTHING

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
       coalesce(proof->>'confirms', proof->>'lapses')::bigint AS refers
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
