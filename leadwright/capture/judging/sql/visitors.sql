-- name: meet
-- The visitors of a set of anonymous ids that are known, held until the set is judged, so that no erasure comes between.
-- In the order of the names, so that two who hold some cannot wait for each other in a circle. Carried by the unique
-- anonymous_id. Who is new is written once, by `leave`, and not before: only one judges at a time.
SELECT id, anonymous_id, first_seen_at, last_seen_at, confirmed_at, first_channel, first_campaign_id, session_id,
       session_channel, session_campaign_id
FROM capture_visitor WHERE anonymous_id = ANY (%(names)s) ORDER BY anonymous_id FOR NO KEY UPDATE

-- name: leave
-- What a set has changed on visitors that were known before. Carried by the primary key; changes no column that an index
-- has, so that the new version finds room on the page of the old one.
UPDATE capture_visitor v
SET first_seen_at = u.first_at, last_seen_at = u.last_at, confirmed_at = u.confirmed_at, first_channel = u.first_channel,
    first_campaign_id = u.first_campaign_id, first_touch = coalesce(u.first_touch, v.first_touch),
    session_id = u.session_id, session_channel = u.session_channel, session_campaign_id = u.session_campaign_id
FROM unnest(%(ids)s::uuid[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[], %(confirmed)s::timestamptz[], %(first_channels)s::text[],
            %(first_campaigns)s::bigint[], %(first_touches)s::jsonb[], %(sessions)s::uuid[], %(channels)s::text[],
            %(campaigns)s::bigint[])
    AS u (id, first_at, last_at, confirmed_at, first_channel, first_campaign_id, first_touch, session_id, session_channel,
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
