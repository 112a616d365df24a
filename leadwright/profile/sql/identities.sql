-- name: owners
-- The contacts behind a set of subjects. Carried by the primary key.
SELECT subject_id, contact_id FROM profile_identity WHERE subject_id = ANY (%(subjects)s)

-- name: find
-- Contacts by uid, external id or address. Carried by the three unique indexes.
SELECT id, uid, external_id, email_key FROM profile_contact WHERE uid = ANY (%(uids)s)
UNION SELECT id, uid, external_id, email_key FROM profile_contact WHERE external_id = ANY (%(externals)s)
UNION SELECT id, uid, external_id, email_key FROM profile_contact WHERE email_key = ANY (%(keys)s)

-- name: clicked
-- In which browsers people clicked in some messages. Carried by capture_activity_subject (subject_id, at).
SELECT DISTINCT a.subject_id, a.object_id, a.properties->>'visitor' AS visitor
FROM unnest(%(uids)s::uuid[], %(messages)s::text[]) AS asked (uid, message)
JOIN capture_activity a ON a.subject_id = asked.uid AND a.kind = 'email_clicked' AND a.object_id = asked.message
                       AND a.human >= 0.5

-- name: attach
-- Visitors that turn out to be contacts. A subject keeps the contact that it has: nobody is moved by this.
INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence)
SELECT subject_id, contact_id, 'visitor', since, evidence
FROM unnest(%(subjects)s::uuid[], %(contacts)s::bigint[], %(sinces)s::timestamptz[], %(evidence)s::text[])
    AS told (subject_id, contact_id, since, evidence)
ON CONFLICT (subject_id) DO NOTHING
