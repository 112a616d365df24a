-- name: members
-- The next contacts of a segment behind a checkpoint, in the order of their ids. Carried by member_once
-- (segment, contact).
SELECT contact_id FROM qualify_member
WHERE segment_id = %(segment)s AND contact_id > %(after)s
ORDER BY contact_id LIMIT %(limit)s

-- name: standing
-- Where a broadcast's messages stand, and why some were held back. Carried by message (cause, state).
SELECT state, held_reason, count(*) AS count FROM engage_message WHERE cause = %(cause)s GROUP BY state, held_reason

-- name: is_under_way
-- Whether a broadcast still has messages that wait or that are being handed over. Carried by message (cause, state).
SELECT EXISTS (SELECT FROM engage_message WHERE cause = %(cause)s
               AND (state = 'queued' OR (state = 'sending' AND sending_at > %(unsure_before)s)))

-- name: echo
-- How many messages of a broadcast were opened, clicked or answered with an unsubscribe, by people and by machines.
-- Carried by message (cause, state), identity (contact) and capture_activity_subject (subject_id, at).
WITH sent AS (
    SELECT m.id::text AS id, m.contact_id, m.queued_at
    FROM engage_message AS m WHERE m.cause = %(cause)s AND m.state IN ('sent', 'delivered', 'bounced')
)
SELECT a.kind,
       count(DISTINCT s.id) FILTER (WHERE a.human >= 0.5 OR a.human IS NULL) AS people,
       count(DISTINCT s.id) AS everything
FROM sent AS s
JOIN profile_identity AS i ON i.contact_id = s.contact_id
JOIN capture_judged AS a ON a.subject_id = i.subject_id AND a.at >= s.queued_at
WHERE a.kind IN ('email_opened', 'email_clicked', 'unsubscribed') AND a.object_kind = 'message' AND a.object_id = s.id
GROUP BY a.kind

-- name: stop
-- Holds back what a broadcast has not sent yet. Carried by message (cause, state).
UPDATE engage_message SET state = 'held', held_reason = 'stopped' WHERE cause = %(cause)s AND state = 'queued'
