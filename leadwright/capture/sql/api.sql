-- name: list
-- Activities with the contact behind each, newest first. Of a contact: carried by capture_activity_subject; of all: by
-- the primary keys of the months, whose ids sort by time.
SELECT a.id, a.at, a.kind, a.name, a.object_kind, a.object_id, a.subject_id, a.channel, a.campaign_id, a.session_id,
       a.human, a.reasons::text AS reasons, a.properties::text AS properties, c.id AS contact_id, c.uid, c.email
FROM capture_judged a
LEFT JOIN profile_identity i ON i.subject_id = a.subject_id
LEFT JOIN profile_contact c ON c.id = i.contact_id
WHERE /*where*/
ORDER BY a.id DESC LIMIT %(limit)s

-- name: contact
-- A contact by whatever names it. Carried by the unique indexes on uid, external_id and email_key.
SELECT id FROM profile_contact WHERE id = %(number)s
UNION ALL SELECT id FROM profile_contact WHERE email_key = lower(%(text)s)
UNION ALL SELECT id FROM profile_contact WHERE external_id = %(text)s
UNION ALL SELECT id FROM profile_contact WHERE uid::text = lower(%(text)s)
LIMIT 1

-- name: human
-- What counts now of one activity. Carried by the primary key of each month.
SELECT human, reasons::text AS reasons FROM capture_judged WHERE id = %(id)s
