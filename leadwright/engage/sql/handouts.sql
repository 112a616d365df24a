-- name: known
-- The contact of an address, if that resource was given to her before and no new link was asked for just now; held, so
-- that two clicks make one wish. Carried by the unique email_key, the identities' contact_id and capture_activity_subject.
SELECT c.uid FROM profile_contact c
WHERE c.email_key = %(key)s
  AND EXISTS (
      SELECT FROM profile_identity i JOIN capture_activity a ON a.subject_id = i.subject_id
      WHERE i.contact_id = c.id AND (
          (a.kind = 'form_submitted' AND a.properties ->> 'offer' = %(page)s)
          OR (a.kind = 'resource_downloaded' AND a.object_id = %(page)s)))
  AND NOT EXISTS (
      SELECT FROM capture_activity a
      WHERE a.subject_id = c.uid AND a.at > %(since)s AND a.kind = 'resource_requested' AND a.object_id = %(page)s)
FOR UPDATE OF c

-- name: wanted
-- Wishes for a new link in a span of the log. Carried by capture_activity_log and the identities' primary key.
SELECT a.id, a.name AS title, a.object_id AS page, i.contact_id, c.uid
FROM capture_activity AS a
JOIN profile_identity AS i ON i.subject_id = a.subject_id
JOIN profile_contact AS c ON c.id = i.contact_id
WHERE a.kind = 'resource_requested' AND {live} AND {within}
