-- name: next
-- The next hits behind the reader's position, by the same no-skip rule as activities.follow: only those of
-- transactions that nobody who is still under way can come before, or our own. Carried by capture_hit_log (tx, id).
-- The order names the table's own tx: the answered one is a number, which no index is sorted by, and each set then
-- sorted all hits that wait (22 µs a hit of 100,000, where this takes 3 of any number).
SELECT h.tx::text::bigint AS tx, h.id, (extract(epoch FROM h.received_at) * 1000000)::bigint AS received_us, h.kind,
       h.message_id, h.key_id, host(h.address) AS address, h.user_agent, h.payload::text AS payload
FROM capture_hit h
WHERE (h.tx, h.id) > (%(tx)s::text::xid8, %(id)s)
  AND (h.tx < %(horizon)s::text::xid8 OR h.tx = pg_current_xact_id_if_assigned())
ORDER BY h.tx, h.id LIMIT %(limit)s

-- name: count
-- How many hits stand in a stretch of the log. Carried by capture_hit_log (tx, id).
SELECT count(*) FROM capture_hit h
WHERE (h.tx, h.id) > (%(tx)s::text::xid8, %(id)s) AND (h.tx, h.id) <= (%(to_tx)s::text::xid8, %(to_id)s)
