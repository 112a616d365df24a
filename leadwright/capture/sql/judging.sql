-- name: next
-- The next hits behind the reader's position, by the same no-skip rule as activities.follow: only those of
-- transactions that nobody who is still under way can come before, or our own. Carried by capture_hit_log (tx, id).
SELECT tx::text::bigint AS tx, id, received_at, kind, message_id, key_id, host(address) AS address, user_agent,
       payload::text AS payload
FROM capture_hit
WHERE (tx, id) > (%(tx)s::text::xid8, %(id)s)
  AND (tx < %(horizon)s::text::xid8 OR tx = pg_current_xact_id_if_assigned())
ORDER BY tx, id LIMIT %(limit)s

-- name: remember
-- Notes the message ids of a set; answers those that nobody has noted before. Carried by the primary key.
INSERT INTO capture_seenmessage (message_id, seen_at)
SELECT message_id, %(now)s FROM unnest(%(messages)s::text[]) AS message_id ORDER BY message_id
ON CONFLICT (message_id) DO NOTHING
RETURNING message_id

-- name: sent
-- When, and as what, the messages of clicks and opens were sent. Carried by capture_activity_subject (subject_id, at).
SELECT DISTINCT ON (a.subject_id, a.object_id) a.subject_id, a.object_id, a.at, a.name, a.channel, a.campaign_id
FROM unnest(%(uids)s::uuid[], %(messages)s::text[]) AS asked (uid, message)
JOIN capture_activity a ON a.subject_id = asked.uid AND a.kind = 'email_sent' AND a.object_kind = 'message'
                       AND a.object_id = asked.message
ORDER BY a.subject_id, a.object_id, a.at

-- name: meet
-- The visitors of a set of anonymous ids, made where absent, and held until the set is judged. Carried by the unique
-- anonymous_id; in the order of the names, so that two judges cannot wait for each other in a circle.
INSERT INTO capture_visitor (id, anonymous_id, first_seen_at, last_seen_at, first_channel, first_touch, session_channel)
SELECT id, name, first_at, first_at, '', '{}', ''
FROM unnest(%(ids)s::uuid[], %(names)s::text[], %(firsts)s::timestamptz[]) AS came (id, name, first_at) ORDER BY name
ON CONFLICT (anonymous_id) DO UPDATE SET anonymous_id = excluded.anonymous_id
RETURNING id, anonymous_id, first_seen_at, last_seen_at, confirmed_at, first_channel, first_campaign_id,
          first_touch::text AS first_touch, session_id, session_channel, session_campaign_id

-- name: leave
-- What a set has changed on its visitors. Carried by the primary key.
UPDATE capture_visitor v
SET last_seen_at = u.last_at, confirmed_at = u.confirmed_at, first_channel = u.first_channel,
    first_campaign_id = u.first_campaign_id, first_touch = u.first_touch, session_id = u.session_id,
    session_channel = u.session_channel, session_campaign_id = u.session_campaign_id
FROM unnest(%(ids)s::uuid[], %(lasts)s::timestamptz[], %(confirmed)s::timestamptz[], %(first_channels)s::text[],
            %(first_campaigns)s::bigint[], %(first_touches)s::jsonb[], %(sessions)s::uuid[], %(channels)s::text[],
            %(campaigns)s::bigint[])
    AS u (id, last_at, confirmed_at, first_channel, first_campaign_id, first_touch, session_id, session_channel,
          session_campaign_id)
WHERE v.id = u.id

-- name: free
-- Frees the anonymous ids of visitors whose browser somebody else uses now. Carried by the primary key.
UPDATE capture_visitor SET anonymous_id = 'was:' || id WHERE id = ANY (%(ids)s)

-- name: settle
-- The visitors that have these browsers from now on.
INSERT INTO capture_visitor (id, anonymous_id, first_seen_at, last_seen_at, first_channel, first_touch, session_channel)
SELECT id, name, at, at, '', '{}', ''
FROM unnest(%(ids)s::uuid[], %(names)s::text[], %(ats)s::timestamptz[]) AS new (id, name, at)

-- name: refuse
-- What was not taken, and why.
INSERT INTO capture_refusal (hit_id, received_at, reason, detail)
SELECT * FROM unnest(%(hits)s::bigint[], %(ats)s::timestamptz[], %(reasons)s::text[], %(details)s::text[])
ON CONFLICT (hit_id) DO NOTHING

-- name: own
SELECT own_domains::text FROM workspace_workspace ORDER BY id LIMIT 1

-- name: campaigns
-- Campaigns by the code that their links carry as utm_campaign. Carried by the unique code.
SELECT lower(code) AS code, id, channel FROM attract_campaign WHERE code = ANY (SELECT lower(unnest(%(codes)s::text[])))

-- name: channels
SELECT id, channel FROM attract_campaign WHERE id = ANY (%(campaigns)s)

-- name: links
-- Campaigns by the code of their tracked links. Carried by the unique code.
SELECT code, campaign_id FROM attract_trackedlink WHERE code = ANY (%(codes)s)

-- name: maps
-- Which field of the contact each question of some forms fills. Carried by the unique code.
SELECT f.code, q.name, q.kind, q.maps_to
FROM attract_form f JOIN attract_formfield q ON q.form_id = f.id WHERE f.code = ANY (%(codes)s)

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
