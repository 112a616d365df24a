-- name: keep
-- One hit for judging, beside the collector's own COPY; no index but the log's is touched.
INSERT INTO capture_hit (received_at, kind, message_id, address, user_agent, payload)
VALUES (%(now)s, 'resource', %(message_id)s, %(address)s::inet, %(user_agent)s, %(payload)s::jsonb)

-- name: count
-- Notes that a link gives its file once more, unless it has done so as often as it may: then nothing comes back. Carried
-- by the primary key.
INSERT INTO capture_handout (digest, page_id, count, first_at, last_at)
VALUES (%(digest)s, %(page)s, 1, %(now)s, %(now)s)
ON CONFLICT (digest) DO UPDATE SET count = capture_handout.count + 1, last_at = excluded.last_at
WHERE capture_handout.count < %(most)s
RETURNING count

-- name: may_go
-- Whether a link may still give its file. Carried by the primary key.
SELECT NOT EXISTS (SELECT FROM capture_handout WHERE digest = %(digest)s AND count >= %(most)s)

-- name: goes_on
-- Whether a link has begun to give its file since a moment. Carried by the primary key.
SELECT EXISTS (SELECT FROM capture_handout WHERE digest = %(digest)s AND last_at >= %(since)s)

-- name: is_known
-- Whether a download is known already, today's or one of shortly before midnight. Carried by the primary key.
SELECT EXISTS (SELECT FROM capture_seenmessage WHERE message_id = %(name)s)
    OR EXISTS (SELECT FROM capture_seenmessage WHERE message_id = %(before)s AND seen_at >= %(since)s)

-- name: forget
-- Counts of links that have run out long ago. Carried by the index on last_at.
DELETE FROM capture_handout WHERE last_at < %(before)s
