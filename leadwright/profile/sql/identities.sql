-- name: owners
-- The contacts behind a set of subjects. Carried by the primary key.
SELECT subject_id, contact_id, since, evidence FROM profile_identity WHERE subject_id = ANY (%(subjects)s)

-- name: hold
-- Contacts to whom visitors are about to belong, held so that none goes meanwhile. Carried by the primary key.
SELECT id FROM profile_contact WHERE id = ANY (%(contacts)s) ORDER BY id FOR KEY SHARE

-- name: confirm
-- Visitors that belonged to a contact by a link only, until a form or the site itself said the same. Carried by the
-- primary key.
UPDATE profile_identity i SET evidence = told.evidence, told_by = told.told_by
FROM unnest(%(subjects)s::uuid[], %(evidence)s::text[], %(told_by)s::text[]) AS told (subject_id, evidence, told_by)
WHERE i.subject_id = told.subject_id

-- name: doubt
-- Visitors that belong to a contact by a link only, at which somebody else turned up at once: the mail was forwarded, and
-- what was done there is nobody's. Carried by the primary key.
DELETE FROM profile_identity
WHERE subject_id = ANY (%(subjects)s) AND kind = 'visitor' AND evidence LIKE 'link in message %%'

-- name: find
-- Contacts by uid, external id or address, also those of contacts that were merged into them. Carried by the identities'
-- key, the unique indexes on external_id and email_key, and contactkey_once.
SELECT contact_id AS id, subject_id AS uid, '' AS name FROM profile_identity
WHERE subject_id = ANY (%(uids)s) AND kind <> 'visitor'
UNION ALL SELECT id, uid, external_id FROM profile_contact WHERE external_id = ANY (%(externals)s)
UNION ALL SELECT id, uid, email_key FROM profile_contact WHERE email_key = ANY (%(keys)s)
UNION ALL
SELECT c.id, coalesce(m.absorbed_uid, c.uid), k.key
FROM profile_contactkey k JOIN profile_contact c ON c.id = k.contact_id
LEFT JOIN profile_merge m ON k.source = 'merge ' || m.id
                         AND (m.absorbed->>'email_key' = k.key OR m.absorbed->>'external_id' = k.key)
WHERE (k.kind = 'external' AND k.key = ANY (%(externals)s)) OR (k.kind = 'email' AND k.key = ANY (%(keys)s))

-- name: clicked
-- In which browsers people clicked in some messages. Carried by capture_activity_subject (subject_id, at).
SELECT DISTINCT a.subject_id, a.object_id, a.properties->>'visitor' AS visitor
FROM unnest(%(uids)s::uuid[], %(messages)s::text[]) AS asked (uid, message)
JOIN capture_judged a ON a.subject_id = asked.uid AND a.kind = 'email_clicked' AND a.object_id = asked.message
                       AND a.human >= 0.5

-- name: detach
-- Visitors that belong to a contact by one click only, which turned out to be a machine's. Carried by the primary key.
DELETE FROM profile_identity i
USING unnest(%(subjects)s::uuid[], %(evidence)s::text[]) AS told (subject_id, evidence)
WHERE i.subject_id = told.subject_id AND i.kind = 'visitor' AND i.evidence = told.evidence

-- name: attach_first
-- Visitors whose click in a mail turned out to be a person's, where nobody is known at them and no other browser has
-- proved itself by the same message. Carried by the unique uid and by the index on contact_id.
INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence)
SELECT DISTINCT ON (c.contact_id, told.evidence) told.subject_id, c.contact_id, 'visitor', told.since, told.evidence
FROM unnest(%(subjects)s::uuid[], %(uids)s::uuid[], %(sinces)s::timestamptz[], %(evidence)s::text[])
    AS told (subject_id, uid, since, evidence)
JOIN profile_identity c ON c.subject_id = told.uid AND c.kind <> 'visitor'
WHERE NOT EXISTS (SELECT FROM profile_identity i WHERE i.contact_id = c.contact_id AND i.evidence = told.evidence)
ORDER BY c.contact_id, told.evidence, told.since
ON CONFLICT (subject_id) DO NOTHING

-- name: attach_next
-- Of messages of which a click turned out to be a machine's, the browser of the first click that is a person's, where no
-- browser is known by the message. Carried by the unique uid, capture_activity_subject and the index on contact_id.
INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence)
SELECT DISTINCT ON (c.contact_id, told.evidence)
       (a.properties->>'visitor')::uuid, c.contact_id, 'visitor', a.at, told.evidence
FROM unnest(%(uids)s::uuid[], %(messages)s::text[], %(evidence)s::text[]) AS told (uid, message, evidence)
JOIN profile_identity c ON c.subject_id = told.uid AND c.kind <> 'visitor'
JOIN capture_judged a ON a.subject_id = told.uid AND a.kind = 'email_clicked' AND a.object_id = told.message
                     AND a.human >= 0.5 AND a.properties->>'visitor' <> ''
WHERE NOT EXISTS (SELECT FROM profile_identity i WHERE i.contact_id = c.contact_id AND i.evidence = told.evidence)
ORDER BY c.contact_id, told.evidence, a.at, a.seq
ON CONFLICT (subject_id) DO NOTHING

-- name: attach
-- Visitors that turn out to be contacts. A subject keeps the contact that it has: nobody is moved by this.
INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence, told_by)
SELECT subject_id, contact_id, 'visitor', since, evidence, told_by
FROM unnest(%(subjects)s::uuid[], %(contacts)s::bigint[], %(sinces)s::timestamptz[], %(evidence)s::text[],
            %(told_by)s::text[]) AS told (subject_id, contact_id, since, evidence, told_by)
ON CONFLICT (subject_id) DO NOTHING
