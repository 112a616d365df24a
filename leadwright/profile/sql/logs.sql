-- name: log
-- All activities that a question keeps, in the order of the log, with whom each belongs to; read by a cursor. Of one
-- contact: profile_identity (contact_id), then one range of capture_activity (subject_id, at) for each subject. Of a
-- company: the same over its contacts. Of all: the log by (tx, seq), month by month. A contact that the reader may not
-- see is left out, and so are visitors without a name where the reader may not see those.
SELECT a.id, a.at, a.kind, a.name, a.object_kind, a.object_id, a.channel, m.name AS campaign, a.session_id, a.subject_id,
       a.human, a.reasons, a.properties, c.id AS contact_id, c.email,
       concat_ws(' ', nullif(c.first_name, ''), nullif(c.last_name, '')) AS contact_name, o.name AS company
FROM capture_judged a
LEFT JOIN profile_identity i ON i.subject_id = a.subject_id
LEFT JOIN profile_contact c ON c.id = i.contact_id
LEFT JOIN profile_company o ON o.id = c.company_id
LEFT JOIN attract_campaign m ON m.id = a.campaign_id
WHERE CASE WHEN %(kinds)s::text[] IS NULL THEN a.kind <> 'judged_again' ELSE a.kind = ANY(%(kinds)s) END
  AND (%(maker)s = '' OR (%(maker)s = 'person' AND (a.human IS NULL OR a.human >= 0.5))
       OR (%(maker)s = 'machine' AND a.human < 0.5))
  AND (%(campaign)s::bigint IS NULL OR a.campaign_id = %(campaign)s)
  AND (%(words)s::text IS NULL OR a.name ILIKE %(words)s OR a.properties::text ILIKE %(words)s)
  AND (%(since)s::timestamptz IS NULL OR a.at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR a.at < %(until)s)
  AND (%(contact)s::bigint IS NULL OR i.contact_id = %(contact)s)
  AND (%(company)s::bigint IS NULL OR c.company_id = %(company)s)
  AND (%(everybody)s OR (c.id IS NOT NULL AND (c.owner_id = %(viewer)s OR c.owner_id IS NULL)))
  AND (%(strangers)s OR c.id IS NOT NULL)
ORDER BY a.tx, a.seq
