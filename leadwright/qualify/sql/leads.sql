-- name: lock_contacts
-- Holds the contacts of a set until the transaction ends, so that two openers cannot both find "no open lead"; answers
-- them, and what else the leads will refer to. Carried by the primary key; in the order of ids, so that two sets cannot
-- wait for each other in a circle.
WITH held AS MATERIALIZED (
    SELECT c.id, hand.campaign_id, hand.owner_id
    FROM profile_contact c JOIN (
{query}
) AS hand ON hand.contact_id = c.id
    ORDER BY c.id FOR NO KEY UPDATE OF c
)
SELECT COALESCE(array_agg(DISTINCT id), '{{}}') AS contacts,
       COALESCE(array_agg(DISTINCT campaign_id) FILTER (WHERE campaign_id IS NOT NULL), '{{}}') AS campaigns,
       COALESCE(array_agg(DISTINCT owner_id) FILTER (WHERE owner_id IS NOT NULL), '{{}}') AS owners
FROM held

-- name: hold_campaigns
-- Carried by the primary key.
SELECT id FROM attract_campaign WHERE id = ANY(%(ids)s) ORDER BY id FOR KEY SHARE

-- name: hold_users
-- Carried by the primary key.
SELECT id FROM workspace_user WHERE id = ANY(%(ids)s) ORDER BY id FOR KEY SHARE

-- name: open
-- Opens a lead for each row of the query whose contact is held, with the move that says so. Where an open lead is to be
-- kept (add), a contact that has one gets the new interest added to it, and several rows of one contact make one lead,
-- at the first of them. Answers the new leads with a moment of each month they fall in, and those that were added to.
-- Repeated rows (same activity, same external id) open nothing.
-- Carried by qualify_lead (contact_id, opened_at DESC) and the unique indexes on activity_id and external_id.
WITH hand AS (
    SELECT hand.*,
           row_number() OVER (PARTITION BY contact_id ORDER BY opened_at, activity_id) AS turn
    FROM (
{query}
) AS hand WHERE contact_id = ANY(%(held)s)
), wish AS (
    SELECT contact_id, string_agg(DISTINCT interest, ' · ') AS interests
    FROM hand WHERE interest <> '' GROUP BY contact_id
), current AS (
    SELECT DISTINCT ON (contact_id) id, contact_id, interest
    FROM qualify_lead
    WHERE %(add)s AND stage = ANY(%(open_stages)s) AND contact_id IN (SELECT contact_id FROM hand)
    ORDER BY contact_id, opened_at DESC, id DESC
), opened AS (
    INSERT INTO qualify_lead (contact_id, external_id, stage, stage_since, owner_id, interest, source, channel,
                              campaign_id, value, custom, activity_id, opened_at, created_at, updated_at)
    SELECT contact_id, external_id, 'new', opened_at, owner_id,
           left(CASE WHEN %(add)s THEN COALESCE(wish.interests, '') ELSE interest END, 200),
           left(source, 120), channel, campaign_id, value, COALESCE(custom, '{{}}'::jsonb), activity_id, opened_at,
           %(now)s, %(now)s
    FROM hand LEFT JOIN wish USING (contact_id)
    WHERE NOT %(add)s OR (turn = 1 AND contact_id NOT IN (SELECT contact_id FROM current))
    ON CONFLICT DO NOTHING
    RETURNING id, opened_at
), noted AS (
    INSERT INTO qualify_stagemove (lead_id, from_stage, to_stage, at, user_id, actor, reason)
    SELECT id, '', 'new', opened_at, %(user)s, %(actor)s, '' FROM opened
), added AS (
    UPDATE qualify_lead l
    SET interest = left(concat_ws(' · ', NULLIF(l.interest, ''), more.interest), 200), updated_at = %(now)s
    FROM (
        SELECT current.id, string_agg(DISTINCT hand.interest, ' · ') AS interest
        FROM current JOIN hand USING (contact_id)
        WHERE hand.interest <> '' AND position(lower(hand.interest) IN lower(current.interest)) = 0
        GROUP BY current.id
    ) AS more
    WHERE l.id = more.id
)
SELECT ARRAY(SELECT id FROM opened) AS new,
       ARRAY(SELECT min(opened_at) FROM opened GROUP BY date_trunc('month', opened_at AT TIME ZONE 'UTC')) AS months,
       ARRAY(SELECT id FROM current) AS added

-- name: rows
-- Leads that Python knows, as a set for `open`.
SELECT contact_id, opened_at, source, interest, channel, campaign_id, owner_id, value, external_id, activity_id, custom
FROM unnest(%(contacts)s::bigint[], %(opened)s::timestamptz[], %(sources)s::text[], %(interests)s::text[],
            %(channels)s::text[], %(campaigns)s::bigint[], %(owners)s::bigint[], %(amounts)s::numeric[],
            %(external_ids)s::text[], %(activities)s::uuid[], %(customs)s::jsonb[])
    AS given (contact_id, opened_at, source, interest, channel, campaign_id, owner_id, value, external_id, activity_id,
              custom)

-- name: opened_facts
-- The activities of leads that were opened, about the contact itself.
SELECT l.opened_at, c.uid, 'lead_opened', l.source, 'lead', l.id::text, l.channel, l.campaign_id,
       jsonb_build_object('interest', l.interest, 'source', l.source)
FROM qualify_lead l JOIN profile_contact c ON c.id = l.contact_id
WHERE l.id = ANY(%(leads)s)

-- name: lock
-- Holds leads until the transaction ends, in the order of ids. Carried by the primary key.
SELECT id FROM qualify_lead WHERE id = ANY(%(leads)s) ORDER BY id FOR UPDATE

-- name: move
-- Moves a set of leads to one stage, where the stage that each is in allows it, and notes each move. History runs
-- forward: a move dated before the one before it counts from that one on, while closed_at keeps the date as told.
-- Carried by the primary key. Measured at 50,000 leads: see bench.
WITH before AS (
    SELECT id, stage FROM qualify_lead WHERE id = ANY(%(leads)s)
), moved AS (
    UPDATE qualify_lead l
    SET stage = %(to)s,
        stage_since = GREATEST(%(at)s, l.stage_since),
        closed_at = CASE WHEN %(to)s = ANY(%(closed_stages)s) THEN %(at)s END,
        reason_id = %(reason_id)s::bigint,
        value = COALESCE(%(value)s::numeric, l.value),
        updated_at = %(now)s
    FROM before
    WHERE l.id = before.id AND before.stage = ANY(%(sources)s)
    RETURNING l.id, before.stage AS from_stage, l.stage_since AS at
), noted AS (
    INSERT INTO qualify_stagemove (lead_id, from_stage, to_stage, at, user_id, actor, reason)
    SELECT id, from_stage, %(to)s, at, %(user)s, %(actor)s, %(reason)s FROM moved ORDER BY id
    RETURNING id, lead_id, at
)
SELECT before.id, before.stage, noted.id AS move_id, noted.at
FROM before LEFT JOIN noted ON noted.lead_id = before.id
ORDER BY before.id

-- name: moved_facts
-- The activities of moves, about the contact itself.
SELECT m.at, c.uid, 'stage_moved', m.to_stage, 'lead', l.id::text, '', NULL::bigint,
       jsonb_build_object('from', m.from_stage, 'to', m.to_stage, 'reason', m.reason, 'actor', m.actor)
FROM qualify_stagemove m
JOIN qualify_lead l ON l.id = m.lead_id
JOIN profile_contact c ON c.id = l.contact_id
WHERE m.id = ANY(%(moves)s)

-- name: give
-- Names the owner of a set of leads; those that have this owner already stay as they are. Carried by the primary key.
UPDATE qualify_lead SET owner_id = %(owner)s, updated_at = %(now)s
WHERE id = ANY(%(leads)s) AND owner_id IS DISTINCT FROM %(owner)s
RETURNING id

-- name: given_facts
-- The activities of leads that were given to somebody by hand, about the contact itself.
SELECT %(now)s::timestamptz, c.uid, 'lead_given', u.name, 'lead', l.id::text, '', NULL::bigint,
       jsonb_build_object('actor', %(actor)s::text)
FROM qualify_lead l
JOIN profile_contact c ON c.id = l.contact_id
JOIN workspace_user u ON u.id = l.owner_id
WHERE l.id = ANY(%(leads)s)

-- name: last_moves
-- Of some moves those that are still the last of their lead, with the stage that each came from and, where that stage
-- had a reason, the reason. Carried by qualify_stagemove (lead_id, at, id).
SELECT m.lead_id, m.from_stage,
       (SELECT r.id FROM qualify_reason r
        JOIN qualify_stagemove into_it ON into_it.lead_id = m.lead_id AND into_it.to_stage = m.from_stage
        WHERE r.stage = m.from_stage AND split_part(into_it.reason, ': ', 1) = r.label
        ORDER BY into_it.at DESC, into_it.id DESC LIMIT 1) AS reason_id
FROM qualify_stagemove m
WHERE m.id = ANY(%(moves)s) AND m.from_stage <> ''
  AND NOT EXISTS (
      SELECT FROM qualify_stagemove later
      WHERE later.lead_id = m.lead_id AND (later.at, later.id) > (m.at, m.id)
  )

-- name: raised
-- Of new activities, the forms that open a lead, filled by a person whom we know, as a set for `open`. The channel of a
-- hand raised in a direct visit is the one that first brought the contact. Carried by capture_activity_log and by the
-- keys of identities and contacts.
SELECT i.contact_id, a.at AS opened_at, 'form ' || form.code AS source, form.name AS interest,
       CASE WHEN a.channel IN ('', 'Direct') AND c.first_channel <> '' THEN c.first_channel ELSE a.channel END AS channel,
       COALESCE(a.campaign_id, form.campaign_id, c.first_campaign_id) AS campaign_id, NULL::bigint AS owner_id,
       NULL::numeric AS value, NULL::text AS external_id, a.id AS activity_id, NULL::jsonb AS custom
FROM capture_told a
JOIN attract_form form ON form.code = a.object_id AND form.opens_lead
JOIN profile_identity i ON i.subject_id = a.subject_id
JOIN profile_contact c ON c.id = i.contact_id
WHERE {within} AND {live} AND a.kind = 'form_submitted' AND (a.human IS NULL OR a.human >= 0.5)

-- name: note_hands
-- Those of them whose sender is not known, or by a link in a mail only, which may turn out to say nothing. Kept until
-- stitching, which is another job, has found who it was. Comes before `raised`: whoever is found in between is then
-- both, and a repeated row opens nothing. Carried by capture_activity_log and the identities' key.
INSERT INTO qualify_hand (activity_id, subject_id, at, form_id, channel, campaign_id)
SELECT a.id, a.subject_id, a.at, form.id, a.channel, COALESCE(a.campaign_id, form.campaign_id)
FROM capture_told a
JOIN attract_form form ON form.code = a.object_id AND form.opens_lead
LEFT JOIN profile_identity i ON i.subject_id = a.subject_id
WHERE {within} AND {live} AND a.kind = 'form_submitted' AND (a.human IS NULL OR a.human >= 0.5)
  AND (i.subject_id IS NULL OR (i.kind = 'visitor' AND i.evidence LIKE 'link in message %%'))
ON CONFLICT DO NOTHING

-- name: take_hands
-- Raised hands of people that we know by now, at most 5,000, taken off the table in the transaction that opens the leads.
-- Carried by the primary keys of qualify_hand and profile_identity.
DELETE FROM qualify_hand
WHERE activity_id IN (
    SELECT h.activity_id FROM qualify_hand h JOIN profile_identity i ON i.subject_id = h.subject_id
    ORDER BY h.at LIMIT 5000 FOR UPDATE OF h SKIP LOCKED
)
RETURNING activity_id, subject_id, at, form_id, channel, campaign_id

-- name: hands
-- The taken hands as a set for `open`. The channel of a hand raised in a direct visit is the one that first brought
-- the contact.
SELECT i.contact_id, h.at AS opened_at, 'form ' || form.code AS source, form.name AS interest,
       CASE WHEN h.channel IN ('', 'Direct') AND c.first_channel <> '' THEN c.first_channel ELSE h.channel END AS channel,
       COALESCE(h.campaign_id, c.first_campaign_id) AS campaign_id, NULL::bigint AS owner_id, NULL::numeric AS value,
       NULL::text AS external_id, h.activity_id, NULL::jsonb AS custom
FROM unnest(%(hands)s::uuid[], %(subjects)s::uuid[], %(ats)s::timestamptz[], %(forms)s::bigint[], %(channels)s::text[],
            %(campaigns)s::bigint[]) AS h (activity_id, subject_id, at, form_id, channel, campaign_id)
JOIN profile_identity i ON i.subject_id = h.subject_id
JOIN profile_contact c ON c.id = i.contact_id
JOIN attract_form form ON form.id = h.form_id

-- name: forget_hands
-- Hands that nobody could be found for, such as a form without an address. Few; a scan of a small table.
DELETE FROM qualify_hand WHERE at < %(before)s
