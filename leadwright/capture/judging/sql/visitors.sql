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
SET first_seen_at = u.first_at, last_seen_at = u.last_at, confirmed_at = u.confirmed_at, first_channel = u.first_channel,
    first_campaign_id = u.first_campaign_id, first_touch = u.first_touch, session_id = u.session_id,
    session_channel = u.session_channel, session_campaign_id = u.session_campaign_id
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
