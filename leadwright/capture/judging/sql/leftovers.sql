-- name: position
SELECT tx, seq FROM capture_position WHERE reader = %(reader)s

-- name: forget_hits
-- Removes judged hits of long ago, some at a time. Carried by capture_hit_log.
DELETE FROM capture_hit WHERE id IN (
    SELECT id FROM capture_hit
    WHERE (tx, id) <= (%(tx)s::text::xid8, %(id)s) AND received_at < %(before)s
    ORDER BY tx, id LIMIT %(limit)s
)

-- name: forget_messages
-- Forgets message ids of long ago, some at a time. Carried by the index on seen_at.
DELETE FROM capture_seenmessage WHERE message_id IN (
    SELECT message_id FROM capture_seenmessage WHERE seen_at < %(before)s ORDER BY seen_at LIMIT %(limit)s
)

-- name: count_hits
-- Hits of before a moment, with their share of the table's size. Reads the hits that are kept.
SELECT count(*) FILTER (WHERE received_at < %(before)s) AS rows,
       coalesce(pg_total_relation_size('capture_hit') * count(*) FILTER (WHERE received_at < %(before)s)
                / nullif(count(*), 0), 0)::bigint AS size_bytes
FROM capture_hit
