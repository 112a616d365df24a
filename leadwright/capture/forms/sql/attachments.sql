-- name: own
-- Says of the files of a span's submissions whose they are. Carried by capture_activity_log and the primary key.
UPDATE capture_upload u SET subject_id = a.subject_id
FROM capture_activity a, jsonb_each(a.properties -> 'files') AS question, jsonb_array_elements(question.value) AS told
WHERE {within} AND a.kind = 'form_submitted' AND jsonb_exists(a.properties, 'files')
  AND u.id = (told ->> 'id')::uuid

-- name: position
SELECT tx, seq FROM capture_position WHERE reader = %(reader)s

-- name: orphans
-- Files of submissions that became nobody's: older than two days, not kept aside, not refused in a way that somebody may
-- have judged again (as long as the hit is kept; by refusal_reason and the hits' key), and not waiting to be judged (those
-- behind the reader's position, usually a handful, by capture_hit_log).
SELECT u.id FROM capture_upload u
WHERE u.subject_id IS NULL AND u.received_at < %(before)s
  AND NOT EXISTS (SELECT FROM capture_heldsubmission h WHERE coalesce(h.payload ->> 'was', h.message_id) = u.message_id)
  AND NOT EXISTS (
      SELECT FROM capture_refusal r JOIN capture_hit h ON h.id = r.hit_id AND h.kind = 'form'
      WHERE r.reason = ANY (%(reasons)s) AND r.again_at IS NULL
        AND coalesce(h.payload ->> 'was', h.message_id) = u.message_id)
  AND NOT EXISTS (
      SELECT FROM capture_hit h
      WHERE (h.tx, h.id) > (%(tx)s::text::xid8, %(seq)s) AND h.kind = 'form'
        AND (h.message_id = u.message_id OR h.payload ->> 'was' = u.message_id))
LIMIT 1000

-- name: drop_orphans
DELETE FROM capture_upload WHERE id = ANY (%(ids)s)

-- name: known
-- Which of some files have a row. Carried by the primary key.
SELECT id FROM capture_upload WHERE id = ANY (%(ids)s)
