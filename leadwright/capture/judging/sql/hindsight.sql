-- name: note
-- Keeps the clicks of a set for as long as hits are kept. Carried by the unique hit_id.
INSERT INTO capture_mailclick (contact_uid, message, hit_id, at, url, is_canary, address, user_agent, visitor_id,
                               activity_id)
SELECT * FROM unnest(%(contacts)s::uuid[], %(messages)s::bigint[], %(hits)s::bigint[], %(ats)s::timestamptz[],
                     %(urls)s::text[], %(canaries)s::boolean[], %(addresses)s::inet[], %(agents)s::text[],
                     %(visitors)s::uuid[], %(activities)s::uuid[])
ON CONFLICT (hit_id) DO NOTHING

-- name: canary
-- Clicks in some messages whose hidden link was followed by the same browser, or by the same program from the same
-- address. The address alone says nothing: a firm's gateway and its readers often go out by the same one, and so do
-- many readers. What a scanner follows from elsewhere shows as a burst. Carried by mailclick_message (contact_uid,
-- message); the latest 200 of a message, so that a flood costs no more.
WITH click AS MATERIALIZED (
    SELECT m.* FROM unnest(%(uids)s::uuid[], %(messages)s::bigint[]) AS asked (uid, message)
    CROSS JOIN LATERAL (SELECT * FROM capture_mailclick c WHERE c.contact_uid = asked.uid AND c.message = asked.message
                        ORDER BY c.hit_id DESC LIMIT 200) AS m
)
SELECT c.activity_id, c.at, %(human)s::real, %(reason)s::jsonb, NULL::bigint, ''
FROM click c
WHERE c.activity_id IS NOT NULL AND EXISTS (
    SELECT FROM click k
    WHERE k.is_canary AND k.contact_uid = c.contact_uid AND k.message = c.message
      AND (k.visitor_id = c.visitor_id
           OR (k.address = c.address AND k.user_agent = c.user_agent)))

-- name: burst
-- Clicks in some messages among which so many different links were followed within so short a time. What movement in
-- the browser or the hidden link has told stands. Carried as above.
WITH click AS MATERIALIZED (
    SELECT m.* FROM unnest(%(uids)s::uuid[], %(messages)s::bigint[]) AS asked (uid, message)
    CROSS JOIN LATERAL (SELECT * FROM capture_mailclick c WHERE c.contact_uid = asked.uid AND c.message = asked.message
                        ORDER BY c.hit_id DESC LIMIT 200) AS m
), start AS MATERIALIZED (
    SELECT c.contact_uid, c.message, c.at
    FROM click c JOIN click d ON d.contact_uid = c.contact_uid AND d.message = c.message
                             AND d.at BETWEEN c.at AND c.at + %(within)s::interval
    GROUP BY c.contact_uid, c.message, c.at HAVING count(DISTINCT d.url) >= %(links)s
)
SELECT c.activity_id, c.at, %(human)s::real, %(reason)s::jsonb, NULL::bigint, ''
FROM click c
WHERE c.activity_id IS NOT NULL
  AND EXISTS (SELECT FROM start s WHERE s.contact_uid = c.contact_uid AND s.message = c.message
                                    AND c.at BETWEEN s.at AND s.at + %(within)s::interval)
  AND NOT EXISTS (SELECT FROM capture_visitor v WHERE v.id = c.visitor_id AND v.confirmed_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM capture_verdict w WHERE w.activity_id = c.activity_id AND w.evidence ?| ARRAY['moved', 'canary'])

-- name: headed
-- Clicks that count, in some messages of which the same program asked, from the same address, for the heading of a link
-- only. What movement or the hidden link has told stands. Carried as above, and by the activities' key.
WITH click AS MATERIALIZED (
    SELECT m.* FROM unnest(%(uids)s::uuid[], %(messages)s::bigint[]) AS asked (uid, message)
    CROSS JOIN LATERAL (SELECT * FROM capture_mailclick c WHERE c.contact_uid = asked.uid AND c.message = asked.message
                        ORDER BY c.hit_id DESC LIMIT 200) AS m
)
SELECT c.activity_id, c.at, %(human)s::real, %(reason)s::jsonb, NULL::bigint, ''
FROM click c JOIN capture_activity a ON a.id = c.activity_id AND a.at = c.at
WHERE a.human >= 0.5
  AND EXISTS (SELECT FROM click k JOIN capture_activity h ON h.id = k.activity_id AND h.at = k.at
              WHERE k.contact_uid = c.contact_uid AND k.message = c.message AND k.address = c.address
                AND k.user_agent = c.user_agent AND h.reasons ? 'head')
  AND NOT EXISTS (SELECT FROM capture_visitor v WHERE v.id = c.visitor_id AND v.confirmed_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM capture_verdict w
                  WHERE w.activity_id = c.activity_id AND w.evidence ?| ARRAY['moved', 'canary', 'burst'])

-- name: first_click
-- The place in the log of the oldest click that is kept. Carried by the unique hit_id and the activities' key.
SELECT a.tx::text::bigint AS tx, a.seq
FROM (SELECT activity_id, at FROM capture_mailclick WHERE activity_id IS NOT NULL ORDER BY hit_id LIMIT 1) AS c
JOIN capture_activity a ON a.id = c.activity_id AND a.at = c.at

-- name: sent
-- The messages of which a span of the log says that they were sent, and in which somebody clicked already. Carried by the
-- log's order (tx, seq) and mailclick_message (contact_uid, message).
SELECT DISTINCT c.contact_uid, c.message
FROM capture_activity a JOIN capture_mailclick c ON c.contact_uid = a.subject_id AND c.message::text = a.object_id
WHERE {within} AND a.kind = 'email_sent' AND a.object_kind = 'message'

-- name: any_sent
-- Whether a span of the log says of any message that it was sent. Carried by the log's order (tx, seq).
SELECT EXISTS (SELECT FROM capture_activity a
               WHERE {within} AND a.kind = 'email_sent' AND a.object_kind = 'message')

-- name: soon
-- Clicks that count, in some messages, that came within so short a time of the sending, and were judged before that was known. What
-- movement, a rule of the house or other evidence has told stands. Carried by mailclick_message (contact_uid, message),
-- the activities' key and capture_activity_subject (subject_id, at).
SELECT c.activity_id, c.at, a.reasons::text AS reasons, c.at - s.at AS after
FROM unnest(%(uids)s::uuid[], %(messages)s::bigint[]) AS asked (uid, message)
CROSS JOIN LATERAL (SELECT * FROM capture_mailclick m WHERE m.contact_uid = asked.uid AND m.message = asked.message
                    ORDER BY m.hit_id DESC LIMIT 200) AS c
JOIN capture_activity a ON a.id = c.activity_id AND a.at = c.at
CROSS JOIN LATERAL (SELECT e.at FROM capture_activity e
                    WHERE e.subject_id = asked.uid AND e.kind = 'email_sent' AND e.object_kind = 'message'
                      AND e.object_id = asked.message::text ORDER BY e.at LIMIT 1) AS s
WHERE c.at < s.at + %(soon)s::interval AND a.human >= 0.5
  AND NOT a.reasons ?| ARRAY['too_soon', 'soon', 'moved', 'house_rule']
  AND NOT EXISTS (SELECT FROM capture_visitor v WHERE v.id = c.visitor_id AND v.confirmed_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM capture_verdict w WHERE w.activity_id = c.activity_id AND w.by_evidence IS NOT NULL)

-- name: told
-- Acts with what was found of each.
SELECT id, at, human, reasons, NULL::bigint, ''
FROM unnest(%(ids)s::uuid[], %(ats)s::timestamptz[], %(humans)s::real[], %(reasons)s::jsonb[])
    AS found (id, at, human, reasons)

-- name: moved
-- Earlier acts of browsers in which somebody was now seen to move, that did not count: acts of the visitor (carried by
-- capture_activity_subject), and clicks in mails that its browser made (carried by mailclick_visitor). Not those that
-- no browser made, and not what the hidden link has told.
SELECT act.id, act.at, %(human)s::real, %(reason)s::jsonb, NULL::bigint, ''
FROM (
    SELECT a.id, a.at, a.human, a.reasons FROM capture_activity a
    WHERE a.subject_id = ANY(%(visitors)s) AND a.at > %(since)s
    UNION
    SELECT a.id, a.at, a.human, a.reasons
    FROM capture_mailclick m JOIN capture_activity a ON a.id = m.activity_id AND a.at = m.at
    WHERE m.visitor_id = ANY(%(visitors)s)
) AS act
LEFT JOIN capture_verdict v ON v.activity_id = act.id
WHERE coalesce(v.human, act.human) < 0.5 AND NOT act.reasons ?| %(hard)s
  AND NOT coalesce(v.evidence ? 'canary', FALSE)

-- name: forget
-- Clicks that are as old as the hits that go. Carried by the index on at.
DELETE FROM capture_mailclick WHERE id IN (
    SELECT id FROM capture_mailclick WHERE at < %(before)s ORDER BY at LIMIT %(limit)s
)
