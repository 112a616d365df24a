-- name: next
-- The next hits behind the reader's position, by the same no-skip rule as activities.follow: only those of
-- transactions that nobody who is still under way can come before, or our own. Carried by capture_hit_log (tx, id).
SELECT tx::text::bigint AS tx, id, (extract(epoch FROM received_at) * 1000000)::bigint AS received_us, kind, message_id, key_id, host(address) AS address, user_agent,
       payload::text AS payload
FROM capture_hit
WHERE (tx, id) > (%(tx)s::text::xid8, %(id)s)
  AND (tx < %(horizon)s::text::xid8 OR tx = pg_current_xact_id_if_assigned())
ORDER BY tx, id LIMIT %(limit)s
