-- name: purposes
INSERT INTO profile_purpose (key, name, description, double_opt_in, is_active)
SELECT key, name, '', true, true FROM unnest(%(keys)s::text[], %(names)s::text[]) AS told (key, name)
ON CONFLICT (key) DO NOTHING

-- name: hold
-- The contacts whose consent changes, held so that two acts of one person come one after the other.
SELECT id, uid, email_key FROM profile_contact WHERE id = ANY (%(contacts)s) ORDER BY id FOR NO KEY UPDATE

-- name: states
-- What holds now. Carried by consent_once (contact_id, purpose_id).
SELECT contact_id, purpose_id, state FROM profile_consent WHERE contact_id = ANY (%(contacts)s)

-- name: by_uid
SELECT id, uid FROM profile_contact WHERE uid = ANY (%(uids)s)

-- name: keys
SELECT nextval(pg_get_serial_sequence('profile_consentrecord', 'id')) AS id FROM generate_series(1, %(count)s)

-- name: record
-- New entries of the ledger; nothing else ever writes to it, and nothing changes it.
INSERT INTO profile_consentrecord (id, contact_id, purpose_id, state, wording, at, source, address, proof)
SELECT * FROM unnest(%(ids)s::bigint[], %(contacts)s::bigint[], %(purposes)s::text[], %(states)s::text[],
    %(wordings)s::text[], %(ats)s::timestamptz[], %(sources)s::text[], %(addresses)s::inet[], %(proofs)s::jsonb[])

-- name: hold_now
-- What holds from now on. Carried by consent_once.
INSERT INTO profile_consent (contact_id, purpose_id, state, at)
SELECT * FROM unnest(%(contacts)s::bigint[], %(purposes)s::text[], %(states)s::text[], %(ats)s::timestamptz[])
ON CONFLICT (contact_id, purpose_id) DO UPDATE SET state = excluded.state, at = excluded.at
