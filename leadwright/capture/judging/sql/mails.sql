-- name: sent
-- When, and as what, the messages of clicks and opens were sent. Carried by capture_activity_subject (subject_id, at).
SELECT DISTINCT ON (a.subject_id, a.object_id) a.subject_id::text, a.object_id, a.at, a.name, a.channel, a.campaign_id
FROM unnest(%(uids)s::text[]::uuid[], %(messages)s::text[]) AS asked (uid, message)
JOIN capture_activity a ON a.subject_id = asked.uid AND a.kind = 'email_sent' AND a.object_kind = 'message'
                       AND a.object_id = asked.message
ORDER BY a.subject_id, a.object_id, a.at
