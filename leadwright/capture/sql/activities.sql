-- name: partitions
-- Makes the months that a set of moments needs; nearly always there already, then it touches only the catalogue.
SELECT capture_partition(month::date)
FROM (SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AS month FROM unnest(%(moments)s::timestamptz[]) AS at) AS months

-- name: cause
-- The import that the transaction's writing comes of, if any.
SELECT current_setting('leadwright.import', true)

-- name: set_cause
-- The same said, until the transaction ends.
SELECT set_config('leadwright.import', %(cause)s, true)

-- name: record_from
-- Records a set that SQL knows already; what Python knows is copied, by the same module. The query answers (at, subject_id, kind, name, object_kind, object_id,
-- channel, campaign_id, properties).
INSERT INTO capture_activity
    (id, at, recorded_at, subject_id, kind, name, object_kind, object_id, channel, campaign_id, properties)
SELECT leadwright_uuid7(f.at), f.at, %(now)s, f.subject_id, f.kind, f.name, f.object_kind, f.object_id, f.channel,
       f.campaign_id,
       f.properties || CASE WHEN current_setting('leadwright.import', true) <> ''
            THEN jsonb_build_object('import', current_setting('leadwright.import')::bigint) ELSE '{{}}' END
FROM ({query}) AS f (at, subject_id, kind, name, object_kind, object_id, channel, campaign_id, properties)

-- name: has_new
-- Whether anything stands behind a reader's position: asked before anything is written, as mostly nothing does.
-- Carried by the primary key and by capture_activity_log (tx, seq).
SELECT EXISTS (
    SELECT FROM capture_activity
    WHERE (tx, seq) > (coalesce((SELECT tx FROM capture_position WHERE reader = %(reader)s), 0)::text::xid8,
                       coalesce((SELECT seq FROM capture_position WHERE reader = %(reader)s), 0))
)

-- name: position
-- Where a reader stands. Carried by the primary key.
SELECT tx FROM capture_position WHERE reader = %(reader)s

-- name: hold
-- Holds a reader's position until its transaction ends, so that two of the same reader cannot take the same rows.
SELECT tx, seq FROM capture_position WHERE reader = %(reader)s FOR NO KEY UPDATE

-- name: claim
-- The same for a reader that may be new: writes its position where there is none.
INSERT INTO capture_position (reader, tx, seq) VALUES (%(reader)s, 0, 0)
ON CONFLICT (reader) DO UPDATE SET reader = excluded.reader
RETURNING tx, seq

-- name: begin
-- Writes the place at which a new reader begins. Where somebody was quicker, his holds.
INSERT INTO capture_position (reader, tx, seq) VALUES (%(reader)s, %(tx)s, %(seq)s) ON CONFLICT (reader) DO NOTHING

-- name: end
-- The place behind which the log will go on: all of it are transactions that have ended, and not our own.
SELECT least(%(horizon)s, pg_current_xact_id_if_assigned()::text::bigint) - 1 AS tx, 9223372036854775807 AS seq

-- name: reach
-- The last of the next rows behind a position: only rows of transactions below the horizon, before which nothing can
-- appear any more, or of our own. Carried by capture_activity_log (tx, seq), which is read in its order and only so far:
-- 8 ms for 20,000 rows of 60,000 that wait. Asked with OR in one piece, PostgreSQL sorted all that waited: 64 ms.
WITH told AS MATERIALIZED (
    SELECT a.tx, a.seq FROM capture_activity a
    WHERE (a.tx, a.seq) > (%(tx)s::text::xid8, %(seq)s) AND (a.tx, a.seq) < (%(horizon)s::text::xid8, 0)
    ORDER BY a.tx, a.seq LIMIT %(limit)s
), own AS MATERIALIZED (
    SELECT a.tx, a.seq FROM capture_activity a
    WHERE (a.tx, a.seq) > (%(tx)s::text::xid8, %(seq)s)
      AND a.tx = pg_current_xact_id_if_assigned() AND a.tx >= %(horizon)s::text::xid8
    ORDER BY a.tx, a.seq LIMIT %(limit)s - (SELECT count(*) FROM told)
)
SELECT last.tx::text::bigint AS tx, last.seq, (SELECT count(*) FROM told) + (SELECT count(*) FROM own) AS found
FROM (SELECT * FROM (TABLE told UNION ALL TABLE own) AS next ORDER BY next.tx DESC, next.seq DESC LIMIT 1) AS last

-- name: move
UPDATE capture_position SET tx = %(tx)s, seq = %(seq)s, moved_at = %(now)s WHERE reader = %(reader)s
