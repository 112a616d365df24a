-- name: lock
-- One at a time changes the members of a segment. Carried by the primary key.
SELECT id FROM qualify_segment WHERE id = %(segment)s FOR UPDATE

-- name: refresh_all
-- Brings all members of a segment in line with its conditions: who no longer fits goes, who fits newly comes.
-- One pass over the contacts; members are found by member_once (segment_id, contact_id).
WITH fitting AS MATERIALIZED (
    SELECT c.id FROM profile_contact c WHERE {where}
), gone AS (
    DELETE FROM qualify_member m
    WHERE m.segment_id = %(segment)s AND NOT EXISTS (SELECT FROM fitting WHERE fitting.id = m.contact_id)
    RETURNING contact_id
), come AS (
    INSERT INTO qualify_member (segment_id, contact_id, since)
    SELECT %(segment)s, fitting.id, %(now)s FROM fitting
    WHERE NOT EXISTS (SELECT FROM qualify_member m WHERE m.segment_id = %(segment)s AND m.contact_id = fitting.id)
    ON CONFLICT DO NOTHING
    RETURNING contact_id
)
SELECT COALESCE((SELECT array_agg(contact_id) FROM come), '{{}}') AS entered,
       COALESCE((SELECT array_agg(contact_id) FROM gone), '{{}}') AS gone,
       (SELECT count(*) FROM fitting) AS size

-- name: refresh_some
-- The same for the contacts that changed only. Carried by the primary key of profile_contact and by member_once.
WITH fitting AS MATERIALIZED (
    SELECT c.id FROM profile_contact c WHERE c.id = ANY(%(contacts)s) AND {where}
), gone AS (
    DELETE FROM qualify_member m
    WHERE m.segment_id = %(segment)s AND m.contact_id = ANY(%(contacts)s)
      AND NOT EXISTS (SELECT FROM fitting WHERE fitting.id = m.contact_id)
    RETURNING contact_id
), come AS (
    INSERT INTO qualify_member (segment_id, contact_id, since)
    SELECT %(segment)s, fitting.id, %(now)s FROM fitting
    WHERE NOT EXISTS (SELECT FROM qualify_member m WHERE m.segment_id = %(segment)s AND m.contact_id = fitting.id)
    ON CONFLICT DO NOTHING
    RETURNING contact_id
)
SELECT COALESCE((SELECT array_agg(contact_id) FROM come), '{{}}') AS entered,
       COALESCE((SELECT array_agg(contact_id) FROM gone), '{{}}') AS gone

-- name: summarise
-- What the list of segments shows. Carried by the primary key.
UPDATE qualify_segment
SET size = COALESCE(%(size)s::int, GREATEST(0, size + %(change)s)), refreshed_at = %(now)s,
    is_stale = is_stale AND NOT %(whole)s
WHERE id = %(segment)s

-- name: turns
-- Notes, for contacts of a segment that asks about relative time, the next moment at which time alone may change the
-- answer. Carried by the primary key of profile_contact and by turn_once.
WITH next AS MATERIALIZED (
    SELECT c.id, (SELECT min(t) FROM unnest(ARRAY[{turns}]::timestamptz[]) AS t WHERE t > %(now)s) AS at
    FROM profile_contact c
    WHERE (%(contacts)s::bigint[] IS NULL OR c.id = ANY(%(contacts)s))
), gone AS (
    DELETE FROM qualify_turn t USING next
    WHERE t.segment_id = %(segment)s AND t.contact_id = next.id AND next.at IS NULL
)
INSERT INTO qualify_turn (segment_id, contact_id, turns_at)
SELECT %(segment)s, id, at FROM next WHERE at IS NOT NULL
ON CONFLICT (segment_id, contact_id) DO UPDATE SET turns_at = excluded.turns_at
WHERE qualify_turn.turns_at <> excluded.turns_at

-- name: awaited
-- Of some contacts, those whom an import has touched and at whom segments have yet to look. Once for a segment whose
-- question changed; carried by the index on (reader, id).
SELECT DISTINCT ON (contact_id) contact_id, import_id
FROM qualify_change CROSS JOIN LATERAL unnest(contacts) AS contact_id
WHERE reader = 'segments' AND import_id IS NOT NULL AND contact_id = ANY(%(contacts)s)
ORDER BY contact_id, id

-- name: take_turns
-- Turns that are due, at most 20,000, taken off in the transaction that looks at them. Carried by the index on turns_at.
DELETE FROM qualify_turn
WHERE id IN (SELECT id FROM qualify_turn WHERE turns_at BETWEEN %(since)s AND %(now)s ORDER BY turns_at LIMIT 20000 FOR UPDATE SKIP LOCKED)
RETURNING segment_id, contact_id

-- name: next_turn
-- Carried by the index on turns_at; segments that are switched off wait for nothing.
SELECT t.turns_at FROM qualify_turn t JOIN qualify_segment s ON s.id = t.segment_id AND s.is_active
WHERE t.turns_at >= %(since)s
ORDER BY t.turns_at LIMIT 1

-- name: forget_turns
-- A segment whose question changed starts its turns anew. Carried by turn_once.
DELETE FROM qualify_turn WHERE segment_id = %(segment)s

-- name: take_changes
-- Changes that triggers noted for one reader, of some 20,000 contacts at once, taken off in the transaction that looks
-- at them; with the import that they come of, if any. Carried by the index on (reader, id).
WITH next AS MATERIALIZED (
    SELECT id, cardinality(contacts) AS size FROM qualify_change WHERE reader = %(reader)s
    ORDER BY id LIMIT 20000 FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM qualify_change
    WHERE id IN (
        SELECT id FROM (SELECT id, sum(size) OVER (ORDER BY id) - size AS ahead FROM next) AS counted
        WHERE ahead < 20000
    )
    RETURNING topic, contacts, import_id
)
SELECT topic, import_id, array_agg(DISTINCT contact) AS contacts, count(*) AS found
FROM taken CROSS JOIN LATERAL unnest(contacts) AS contact GROUP BY topic, import_id

-- name: under_lines
-- Whom some lines of the suppression list concern that are fingerprints or domains. No index tells: one pass over the
-- contacts for all lines of a batch, in which a fingerprint is only reckoned where a line is one of its kind.
SELECT c.id FROM profile_contact c
WHERE c.email_key IS NOT NULL AND (
    '@' || split_part(c.email_key, '@', 2) = ANY (%(domains)s::text[])
    OR (%(md5)s::text[] <> '{}' AND 'md5:' || md5(c.email_key) = ANY (%(md5)s::text[]))
    OR (%(sha256)s::text[] <> '{}'
        AND 'sha256:' || encode(sha256(convert_to(c.email_key, 'UTF8')), 'hex') = ANY (%(sha256)s::text[])))

-- name: acted
-- Who did, in a span of the log, something that a segment asks about; machines do not count, but an act that no longer
-- counts does. Carried by capture_activity_log and the primary key of profile_identity.
SELECT 'activity:' || a.kind AS topic, (a.properties->>'import')::bigint AS import_id,
       array_agg(DISTINCT i.contact_id) AS contacts
FROM capture_told a JOIN profile_identity i ON i.subject_id = a.subject_id
WHERE {within} AND a.kind = ANY(%(kinds)s)
  AND (a.human IS NULL OR a.human >= 0.5 OR a.human IS DISTINCT FROM a.human_at_first)
GROUP BY a.kind, import_id

-- name: entered_facts
-- Entries or exits as activities, about the contacts themselves. Carried by the primary key.
SELECT %(now)s::timestamptz, c.uid, %(kind)s::text, %(name)s::text, 'segment', %(segment)s::text, '', NULL::bigint,
       '{{}}'::jsonb
FROM profile_contact c WHERE c.id = ANY(%(contacts)s)

-- name: count
-- How many a question fits, while it is edited. One pass over the contacts.
SELECT count(*) FROM profile_contact c WHERE {where}

-- name: examples
-- Some whom a question fits, latest changed first. Carried by the index on (updated_at DESC, id DESC).
SELECT c.id FROM profile_contact c WHERE {where} ORDER BY c.updated_at DESC, c.id DESC LIMIT %(limit)s

-- name: facts
-- All that conditions may know about some contacts. Carried by primary keys and by indexes on contact_id.
SELECT c.*, to_jsonb(o) AS company,
       COALESCE((SELECT jsonb_object_agg(k.purpose_id, k.state) FROM profile_consent k WHERE k.contact_id = c.id), '{{}}')
           AS consents,
       EXISTS (SELECT FROM profile_suppression u WHERE u.email_key = ANY (profile_marks(c.email_key))) AS is_suppressed,
       s.fit, s.engagement_level, s.is_hot,
       ARRAY(SELECT l.stage FROM qualify_lead l WHERE l.contact_id = c.id) AS stages,
       ARRAY(SELECT m.segment_id FROM qualify_member m WHERE m.contact_id = c.id) AS segments
FROM profile_contact c
LEFT JOIN profile_company o ON o.id = c.company_id
LEFT JOIN qualify_score s ON s.contact_id = c.id
WHERE c.id = ANY(%(contacts)s)
ORDER BY c.id

-- name: acts
-- The latest acts of some contacts, 2,000 at most of each. Carried by capture_activity_subject.
SELECT i.contact_id, a.kind, a.at, a.name, a.object_id, a.human, COALESCE(a.properties ->> 'path', '') AS path
FROM profile_identity i
CROSS JOIN LATERAL (
    SELECT * FROM capture_judged a WHERE a.subject_id = i.subject_id ORDER BY a.at DESC LIMIT 2000
) AS a
WHERE i.contact_id = ANY(%(contacts)s)
