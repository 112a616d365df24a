-- name: addresses
SELECT email_key FROM profile_contact WHERE id = ANY (%(contacts)s)

-- name: consents
-- The ledger of people who must be forgotten goes with them; the receipt says that it was there.
DELETE FROM profile_consentrecord WHERE contact_id = ANY (%(contacts)s)

-- name: suppressions
-- A suppression in clear becomes one by fingerprint; `erase` adds it.
DELETE FROM profile_suppression s USING profile_contact c
WHERE c.id = ANY (%(contacts)s) AND s.email_key = c.email_key

-- name: contacts
-- The contacts themselves, with what the database's own foreign keys cannot remove for us.
WITH gone AS (
    DELETE FROM profile_consent WHERE contact_id = ANY (%(contacts)s)
), named AS (
    DELETE FROM profile_identity WHERE contact_id = ANY (%(contacts)s)
)
DELETE FROM profile_contact WHERE id = ANY (%(contacts)s)

-- name: hits
-- Raw hits behind the activities of these people. Carried by capture_activity_subject, then by the hits' key.
DELETE FROM capture_hit WHERE id IN (
    SELECT a.hit_id FROM profile_identity i JOIN capture_activity a ON a.subject_id = i.subject_id
    WHERE i.contact_id = ANY (%(contacts)s) AND a.hit_id IS NOT NULL)

-- name: activities
-- Facts without words: time, kind and object stay. Carried by capture_activity_subject.
UPDATE capture_activity a SET properties = '{}', name = CASE WHEN a.kind IN ('track', 'page') THEN a.name ELSE '' END
FROM profile_identity i WHERE i.contact_id = ANY (%(contacts)s) AND a.subject_id = i.subject_id

-- name: visitors
DELETE FROM capture_visitor v USING profile_identity i
WHERE i.contact_id = ANY (%(contacts)s) AND i.kind = 'visitor' AND v.id = i.subject_id

-- name: import_changes
DELETE FROM capture_importchange WHERE "table" = 'profile_contact' AND record_id = ANY (%(contacts)s)

-- name: know_contact
SELECT email, external_id, first_name, last_name, title, phone, country, city, language, time_zone, custom::text AS custom,
       origins::text AS origins, first_channel, created_at, updated_at, last_seen_at
FROM profile_contact WHERE id = %(contact)s

-- name: know_consent
SELECT purpose_id AS purpose, state, wording, at, source, host(address) AS address
FROM profile_consentrecord WHERE contact_id = %(contact)s ORDER BY at, id

-- name: know_identities
SELECT subject_id::text AS subject, kind, since, evidence FROM profile_identity WHERE contact_id = %(contact)s ORDER BY since

-- name: know_activities
-- Carried by capture_activity_subject (subject_id, at).
SELECT a.at, a.kind, a.name, a.object_kind, a.object_id, a.channel, a.human, a.properties::text AS properties
FROM profile_identity i JOIN capture_activity a ON a.subject_id = i.subject_id
WHERE i.contact_id = %(contact)s ORDER BY a.at
