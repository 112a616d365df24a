-- name: of_contact
-- The next activities of one contact, newest first, over all the subjects that are the contact: one index range of
-- capture_activity (subject_id, at) for each subject, then a merge of at most {limit} rows of each.
SELECT a.id, a.at, a.kind, a.name, a.object_kind, a.object_id, a.channel, a.human, a.reasons, a.properties,
       NULL::bigint AS contact_id
FROM profile_identity i
CROSS JOIN LATERAL (
    SELECT * FROM capture_activity a
    WHERE a.subject_id = i.subject_id AND (a.at, a.id) < (%(at)s, %(id)s)
      AND (%(kinds)s::text[] IS NULL OR a.kind = ANY(%(kinds)s))
      AND (NOT %(people)s OR a.human IS NULL OR a.human >= 0.5)
    ORDER BY a.at DESC, a.id DESC LIMIT %(limit)s
) AS a
WHERE i.contact_id = %(contact)s
ORDER BY a.at DESC, a.id DESC LIMIT %(limit)s

-- name: of_company
-- The same over all contacts of a company, with whom each activity belongs to. Carried by profile_contact (company_id)
-- and profile_identity (contact_id); at most {limit} rows of each subject.
SELECT a.id, a.at, a.kind, a.name, a.object_kind, a.object_id, a.channel, a.human, a.reasons, a.properties,
       i.contact_id
FROM profile_contact c
JOIN profile_identity i ON i.contact_id = c.id
CROSS JOIN LATERAL (
    SELECT * FROM capture_activity a
    WHERE a.subject_id = i.subject_id AND (a.at, a.id) < (%(at)s, %(id)s)
      AND (%(kinds)s::text[] IS NULL OR a.kind = ANY(%(kinds)s))
      AND (NOT %(people)s OR a.human IS NULL OR a.human >= 0.5)
    ORDER BY a.at DESC, a.id DESC LIMIT %(limit)s
) AS a
WHERE c.company_id = %(company)s AND c.id = ANY(%(visible)s)
ORDER BY a.at DESC, a.id DESC LIMIT %(limit)s

-- name: kinds_of_contact
-- Which kinds of activity a contact has, for the filter. Carried by capture_activity (subject_id, at).
SELECT DISTINCT a.kind
FROM profile_identity i JOIN capture_activity a ON a.subject_id = i.subject_id
WHERE i.contact_id = %(contact)s
