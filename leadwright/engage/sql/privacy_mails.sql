-- name: wanted
-- Requests that were made in a span of the log and still wait. Carried by capture_activity_log and the keys.
SELECT r.id AS request_id, r.contact_id
FROM capture_activity AS a
JOIN profile_privacyrequest AS r ON r.id = a.object_id::bigint AND r.state = 'asked'
WHERE a.kind = 'privacy_asked' AND a.object_kind = 'request' AND r.contact_id IS NOT NULL AND {live} AND {within}
ORDER BY r.id
