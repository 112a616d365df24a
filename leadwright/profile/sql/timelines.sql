-- name: of_contact
-- The next activities of one contact, newest first, over all the subjects that are the contact: one index range of
-- capture_activity (subject_id, at) for each subject, then a merge of at most {limit} rows of each. Filters are asked of
-- the rows on the way; a search reads the whole range in the worst case (10,000 activities: some 30 ms).
SELECT a.id, a.at, a.kind, a.name, a.object_kind, a.object_id, a.channel, a.human, a.reasons, a.properties,
       NULL::bigint AS contact_id
FROM profile_identity i
CROSS JOIN LATERAL (
    SELECT * FROM capture_judged a
    WHERE a.subject_id = i.subject_id AND (a.at, a.id) < (%(at)s, %(id)s)
      AND CASE WHEN %(kinds)s::text[] IS NULL THEN a.kind <> 'judged_again' ELSE a.kind = ANY(%(kinds)s) END
      AND (%(maker)s = '' OR (%(maker)s = 'person' AND (a.human IS NULL OR a.human >= 0.5))
           OR (%(maker)s = 'machine' AND a.human < 0.5))
      AND (%(campaign)s::bigint IS NULL OR a.campaign_id = %(campaign)s)
      AND (%(words)s::text IS NULL OR a.name ILIKE %(words)s OR a.properties::text ILIKE %(words)s)
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
    SELECT * FROM capture_judged a
    WHERE a.subject_id = i.subject_id AND (a.at, a.id) < (%(at)s, %(id)s)
      AND CASE WHEN %(kinds)s::text[] IS NULL THEN a.kind <> 'judged_again' ELSE a.kind = ANY(%(kinds)s) END
      AND (%(maker)s = '' OR (%(maker)s = 'person' AND (a.human IS NULL OR a.human >= 0.5))
           OR (%(maker)s = 'machine' AND a.human < 0.5))
      AND (%(campaign)s::bigint IS NULL OR a.campaign_id = %(campaign)s)
      AND (%(words)s::text IS NULL OR a.name ILIKE %(words)s OR a.properties::text ILIKE %(words)s)
    ORDER BY a.at DESC, a.id DESC LIMIT %(limit)s
) AS a
WHERE c.company_id = %(company)s AND c.id = ANY(%(visible)s)
ORDER BY a.at DESC, a.id DESC LIMIT %(limit)s

-- name: offers
-- Which kinds and campaigns a contact's activities have, for the filters. One pass over capture_activity_subject; loaded
-- after the page.
SELECT DISTINCT a.kind, a.campaign_id
FROM profile_identity i JOIN capture_activity a ON a.subject_id = i.subject_id
WHERE i.contact_id = %(contact)s
