-- name: acts
-- How often some contacts did something themselves since a moment, and when last. Carried by profile_identity
-- (contact_id) and capture_activity_subject (subject_id, at), one short range a subject.
SELECT i.contact_id, count(*) AS acts, max(a.at) AS last_at
FROM profile_identity i
JOIN capture_activity a ON a.subject_id = i.subject_id
WHERE i.contact_id = ANY (%(contacts)s) AND a.at >= %(since)s AND a.human >= 0.5
GROUP BY i.contact_id
