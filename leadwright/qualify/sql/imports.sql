-- name: match
-- Finds the lead of each staged row by its external id. One look into the unique index a row.
CREATE TEMPORARY TABLE import_match ON COMMIT DROP AS
SELECT r.row_number, (SELECT l.id FROM qualify_lead l WHERE l.external_id = r.external_id) AS record_id
FROM import_row r

-- name: people
-- The contacts of the rows that make a lead: by address, else by the contact's external id, else by the lead's. Each
-- person once; `id` is null for those to be made. One look into each unique index a row.
CREATE TEMPORARY TABLE import_person ON COMMIT DROP AS
SELECT one.*,
       COALESCE((SELECT c.id FROM profile_contact c WHERE c.email_key = one.email_key),
                (SELECT k.contact_id FROM profile_contactkey k WHERE k.kind = 'email' AND k.key = one.email_key),
                (SELECT c.id FROM profile_contact c WHERE c.external_id = one.external_id)) AS id,
       leadwright_uuid7(%(now)s) AS uid, false AS is_new
FROM (
    SELECT DISTINCT ON (key) who.*
    FROM (
        SELECT COALESCE(r.email_key, '=' || COALESCE(r.contact_external_id, r.external_id)) AS key, r.row_number,
               r.email, r.email_key, COALESCE(r.contact_external_id, CASE WHEN r.email_key IS NULL THEN r.external_id END)
                   AS external_id,
               r.first_name, r.last_name, r.title, r.phone, r.country, r.city, r.company, r.company_domain,
               r.company_key, r.channel, r.campaign_id, r.source
        FROM import_row r JOIN import_match m USING (row_number)
        WHERE m.record_id IS NULL AND %(create)s
    ) AS who
    ORDER BY key, row_number
) AS one

-- name: judge
-- What each staged row does to its lead. Where the lead may go follows the stages' order (`rank`); an import never
-- lowers a stage, and leaves aside what is aside except by a win.
CREATE TEMPORARY TABLE import_judged ON COMMIT DROP AS
WITH wish AS (
    SELECT r.*, m.record_id, l.stage AS old_stage, l.stage_since AS old_since, l.source AS old_source,
           l.channel AS old_channel, l.campaign_id AS old_campaign, l.value AS old_value, l.interest AS old_interest,
           l.owner_id AS old_owner, l.custom AS old_custom, l.opened_at AS old_opened, l.closed_at AS old_closed,
           l.reason_id AS old_reason,
           CASE WHEN l.id IS NULL THEN 0 ELSE array_position(%(way)s::text[], l.stage) END AS rank_old,
           array_position(%(way)s::text[], r.last_stage) AS rank_new
    FROM import_row r JOIN import_match m USING (row_number)
    LEFT JOIN qualify_lead l ON l.id = m.record_id
), decided AS (
    SELECT w.*,
           last_stage IS NOT NULL AND (
               (record_id IS NULL)
               OR (rank_old IS NOT NULL AND rank_new > rank_old)
               OR (rank_old IS NOT NULL AND rank_new IS NULL AND old_stage <> 'won')
               OR (rank_old IS NULL AND last_stage = 'won' AND old_stage <> 'disqualified')
           ) AS moves
    FROM wish w
)
SELECT d.row_number,
       CASE WHEN d.record_id IS NULL AND NOT %(create)s THEN 'refuse'
            WHEN d.record_id IS NULL THEN 'create'
            WHEN %(never)s OR change.after IS NULL THEN 'unchanged'
            ELSE 'update' END AS verdict,
       CASE WHEN d.record_id IS NULL AND NOT %(create)s
            THEN 'There is no lead with the external id “' || left(d.external_id, 80)
                 || '”. Import the leads first; this file only adds to them.' END AS reason,
       NULLIF(concat_ws(' ',
           CASE WHEN d.record_id IS NOT NULL AND d.last_stage IS NOT NULL AND NOT d.moves AND d.last_stage <> d.old_stage
                THEN 'The lead stays ' || d.old_stage || ': an import never lowers a stage (the file says '
                     || d.last_stage || ').' END,
           CASE WHEN d.first_move_at < COALESCE(d.old_opened, d.opened_at)
                THEN 'It became ' || d.first_move_stage || ' on ' || to_char(d.first_move_at, 'YYYY-MM-DD')
                     || ', before its first contact on ' || to_char(COALESCE(d.old_opened, d.opened_at), 'YYYY-MM-DD')
                     || '; kept as the file says.' END,
           CASE WHEN d.opened_at > %(now)s THEN 'It is opened in the future; kept as the file says.' END
       ), '') AS warning,
       COALESCE(d.record_id, CASE WHEN %(create)s AND %(id)s <> 0
                                  THEN nextval(pg_get_serial_sequence('qualify_lead', 'id')) END) AS record_id,
       d.external_id AS name,
       CASE WHEN d.record_id IS NOT NULL AND change.after IS NOT NULL THEN change.before END AS before,
       CASE WHEN d.record_id IS NOT NULL THEN change.after
            ELSE jsonb_strip_nulls(jsonb_build_object(
                'stage', COALESCE(d.last_stage, 'new'), 'source', COALESCE(d.source, %(label)s), 'channel', d.channel,
                'campaign_id', d.campaign_id, 'value', d.value, 'interest', d.interest, 'owner_id', d.owner_id,
                'custom', d.custom)) END AS after,
       d.moves, COALESCE(d.email_key, '=' || COALESCE(d.contact_external_id, d.external_id)) AS person_key
FROM decided d
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(v.field, v.old) AS before, jsonb_object_agg(v.field, v.new) AS after
    FROM (
        SELECT field, to_jsonb(old) AS old, to_jsonb(new) AS new
        FROM (VALUES ('source', d.old_source, d.source), ('channel', d.old_channel, d.channel),
                     ('interest', d.old_interest, d.interest), ('campaign_id', d.old_campaign::text, d.campaign_id::text),
                     ('owner_id', d.old_owner::text, d.owner_id::text)) AS text_field (field, old, new)
        WHERE d.record_id IS NOT NULL AND new IS NOT NULL AND new IS DISTINCT FROM old
          AND (NOT %(fill)s OR COALESCE(old, '') = '')
        UNION ALL
        SELECT 'value', to_jsonb(d.old_value), to_jsonb(d.value)
        WHERE d.record_id IS NOT NULL AND d.value IS NOT NULL AND d.value IS DISTINCT FROM d.old_value
          AND (NOT %(fill)s OR d.old_value IS NULL)
        UNION ALL
        SELECT 'stage', to_jsonb(d.old_stage), to_jsonb(d.last_stage) WHERE d.record_id IS NOT NULL AND d.moves
        UNION ALL
        SELECT 'custom', COALESCE(jsonb_object_agg(own.key, d.old_custom->own.key)
                                      FILTER (WHERE d.old_custom ? own.key), '{}'),
               jsonb_object_agg(own.key, own.value)
        FROM jsonb_each(d.custom) AS own
        WHERE d.record_id IS NOT NULL AND own.value IS DISTINCT FROM d.old_custom->own.key
          AND (NOT %(fill)s OR NOT d.old_custom ? own.key)
        HAVING count(*) > 0
    ) AS v
) AS change ON true

-- name: make_leads
-- Makes the new leads, each with the move that opened it.
WITH made AS (
    INSERT INTO qualify_lead (id, contact_id, external_id, stage, stage_since, owner_id, interest, source, channel,
                              campaign_id, value, custom, opened_at, created_at, updated_at)
    SELECT j.record_id, p.id, r.external_id, 'new', r.opened_at, r.owner_id, COALESCE(r.interest, ''),
           COALESCE(r.source, %(label)s), COALESCE(r.channel, ''), r.campaign_id, r.value, COALESCE(r.custom, '{}'),
           r.opened_at, %(now)s, %(now)s
    FROM import_judged j JOIN import_row r USING (row_number) JOIN import_person p ON p.key = j.person_key
    WHERE j.verdict = 'create'
)
INSERT INTO qualify_stagemove (lead_id, from_stage, to_stage, at, user_id, actor, reason)
SELECT j.record_id, '', 'new', r.opened_at, %(user)s, %(label)s, ''
FROM import_judged j JOIN import_row r USING (row_number) WHERE j.verdict = 'create'

-- name: remember
-- Adds to the undo log's values what only the writing knows: since when the lead stood where, and its close and reason.
UPDATE import_judged j
SET before = j.before || jsonb_build_object('stage_since', l.stage_since, 'closed_at', l.closed_at, 'reason_id', l.reason_id)
FROM qualify_lead l
WHERE j.verdict = 'update' AND j.moves AND l.id = j.record_id

-- name: change_leads
-- Writes the changed fields, the stage apart. Carried by the primary key.
UPDATE qualify_lead l
SET source = COALESCE(j.after->>'source', l.source),
    channel = COALESCE(j.after->>'channel', l.channel),
    interest = COALESCE(j.after->>'interest', l.interest),
    campaign_id = COALESCE((j.after->>'campaign_id')::bigint, l.campaign_id),
    owner_id = COALESCE((j.after->>'owner_id')::bigint, l.owner_id),
    value = COALESCE((j.after->>'value')::numeric, l.value),
    custom = CASE WHEN j.after ? 'custom' THEN l.custom || (j.after->'custom') ELSE l.custom END,
    updated_at = %(now)s
FROM import_judged j
WHERE j.verdict = 'update' AND l.id = j.record_id

-- name: move_leads
-- Moves leads through the stages that the file names, in the order of the way, each with its move. History runs forward:
-- a move told as earlier than the one before it counts from that one on, while closed_at keeps the date as told.
-- Carried by the primary key.
WITH step AS (
    SELECT j.record_id AS lead_id, s.stage, s.place, s.at AS told,
           GREATEST(l.stage_since, max(s.at) OVER (PARTITION BY j.record_id ORDER BY s.place)) AS at,
           COALESCE(lag(s.stage) OVER (PARTITION BY j.record_id ORDER BY s.place), l.stage) AS from_stage,
           row_number() OVER (PARTITION BY j.record_id ORDER BY s.place DESC) AS last,
           CASE WHEN s.stage = ANY(%(needs_reason)s) THEN r.reason_id END AS reason_id,
           CASE WHEN s.stage = ANY(%(needs_reason)s) THEN COALESCE(r.reason, '') ELSE '' END AS reason
    FROM import_judged j
    JOIN import_row r USING (row_number)
    JOIN qualify_lead l ON l.id = j.record_id
    CROSS JOIN LATERAL (
        SELECT stage, at, array_position(%(order)s::text[], stage) AS place
        FROM jsonb_to_recordset(r.steps) AS told (stage text, at timestamptz)
    ) AS s
    WHERE j.moves AND j.verdict IN ('create', 'update')
      AND (s.place > COALESCE(array_position(%(way)s::text[], l.stage), 99) OR s.stage = r.last_stage)
      AND s.stage <> l.stage
), noted AS (
    INSERT INTO qualify_stagemove (lead_id, from_stage, to_stage, at, user_id, actor, reason)
    SELECT lead_id, from_stage, stage, at, %(user)s, %(label)s, left(reason, 250) FROM step ORDER BY lead_id, place
)
UPDATE qualify_lead l
SET stage = step.stage, stage_since = step.at,
    closed_at = CASE WHEN step.stage = ANY(%(closed)s) THEN step.told END,
    reason_id = step.reason_id, updated_at = %(now)s
FROM step WHERE step.last = 1 AND l.id = step.lead_id

-- name: log_changes
-- The undo log: what was made, and what was changed with its values before.
INSERT INTO capture_importchange (imported_id, row_number, "table", record_id, before, after)
SELECT %(id)s, row_number, 'qualify_lead', record_id, before, after
FROM import_judged WHERE verdict IN ('create', 'update')
ORDER BY row_number

-- name: moments
-- The months in which this chunk's facts fall, so that the log has a place for each.
SELECT min(at) AS at FROM (
    SELECT r.opened_at AS at FROM import_judged j JOIN import_row r USING (row_number) WHERE j.verdict = 'create'
    UNION ALL
    SELECT m.at FROM import_judged j JOIN qualify_stagemove m ON m.lead_id = j.record_id
    WHERE j.moves AND j.verdict IN ('create', 'update') AND m.actor = %(label)s
) AS facts
GROUP BY date_trunc('month', at AT TIME ZONE 'UTC')

-- name: opened_facts
-- The facts of the leads that a chunk made, timed in the past; `import` says that they are history and start nothing.
SELECT l.opened_at, c.uid, 'lead_opened', l.source, 'lead', l.id::text, l.channel, l.campaign_id,
       jsonb_build_object('interest', l.interest, 'source', l.source, 'import', %(id)s::bigint)
FROM import_judged j
JOIN qualify_lead l ON l.id = j.record_id
JOIN profile_contact c ON c.id = l.contact_id
WHERE j.verdict = 'create'

-- name: moved_facts
-- The facts of the moves that a chunk made. Carried by qualify_stagemove (lead_id, at, id).
SELECT m.at, c.uid, 'stage_moved', m.to_stage, 'lead', l.id::text, '', NULL::bigint,
       jsonb_build_object('from', m.from_stage, 'to', m.to_stage, 'reason', m.reason, 'actor', m.actor,
                          'import', %(id)s::bigint)
FROM import_judged j
JOIN qualify_stagemove m ON m.lead_id = j.record_id AND m.actor = %(label)s AND m.from_stage <> ''
JOIN qualify_lead l ON l.id = m.lead_id
JOIN profile_contact c ON c.id = l.contact_id
WHERE j.moves AND j.verdict IN ('create', 'update')

-- name: restore
-- Gives changed leads their values and their stage back, where nobody changed them since; see `profile`'s twin.
-- Carried by the primary keys of capture_importchange (range) and qualify_lead, and qualify_stagemove (lead_id, at, id).
WITH change AS (
    SELECT ch.record_id, ch.row_number, ch.before, ch.after
    FROM capture_importchange ch
    WHERE ch.imported_id = %(id)s AND ch.id BETWEEN %(first)s AND %(last)s
      AND ch."table" = 'qualify_lead' AND ch.before IS NOT NULL
), judged AS (
    SELECT l.id, change.row_number, change.before, c.uid,
           (SELECT COALESCE(array_agg(v.field), '{}')
            FROM (VALUES ('source', l.source), ('channel', l.channel), ('interest', l.interest),
                         ('campaign_id', l.campaign_id::text), ('owner_id', l.owner_id::text)) AS v (field, value)
            WHERE change.after ? v.field AND v.value IS NOT DISTINCT FROM change.after->>v.field)
           || CASE WHEN change.after ? 'value' AND l.value IS NOT DISTINCT FROM (change.after->>'value')::numeric
                   THEN ARRAY['value'] ELSE '{}' END
           || CASE WHEN change.after ? 'stage' AND l.stage = change.after->>'stage' AND NOT EXISTS (
                        SELECT FROM qualify_stagemove later
                        WHERE later.lead_id = l.id AND later.actor <> %(label)s
                          AND later.id > (SELECT max(mine.id) FROM qualify_stagemove mine
                                          WHERE mine.lead_id = l.id AND mine.actor = %(label)s))
                   THEN ARRAY['stage'] ELSE '{}' END AS fields,
           (SELECT COALESCE(array_agg(own.key), '{}') FROM jsonb_each(change.after->'custom') AS own
            WHERE l.custom->own.key IS NOT DISTINCT FROM own.value) AS own,
           (SELECT count(*) FROM jsonb_object_keys(change.after) AS field WHERE field <> 'custom')
           + (SELECT count(*) FROM jsonb_object_keys(COALESCE(change.after->'custom', '{}'))) AS wanted
    FROM change JOIN qualify_lead l ON l.id = change.record_id JOIN profile_contact c ON c.id = l.contact_id
), restored AS (
    UPDATE qualify_lead l
    SET source = CASE WHEN 'source' = ANY(j.fields) THEN j.before->>'source' ELSE l.source END,
        channel = CASE WHEN 'channel' = ANY(j.fields) THEN j.before->>'channel' ELSE l.channel END,
        interest = CASE WHEN 'interest' = ANY(j.fields) THEN j.before->>'interest' ELSE l.interest END,
        campaign_id = CASE WHEN 'campaign_id' = ANY(j.fields)
                           THEN (SELECT k.id FROM attract_campaign k WHERE k.id = (j.before->>'campaign_id')::bigint)
                           ELSE l.campaign_id END,
        owner_id = CASE WHEN 'owner_id' = ANY(j.fields)
                        THEN (SELECT u.id FROM workspace_user u WHERE u.id = (j.before->>'owner_id')::bigint)
                        ELSE l.owner_id END,
        value = CASE WHEN 'value' = ANY(j.fields) THEN (j.before->>'value')::numeric ELSE l.value END,
        stage = CASE WHEN 'stage' = ANY(j.fields) THEN j.before->>'stage' ELSE l.stage END,
        stage_since = CASE WHEN 'stage' = ANY(j.fields)
                           THEN (j.before->>'stage_since')::timestamptz ELSE l.stage_since END,
        closed_at = CASE WHEN 'stage' = ANY(j.fields) THEN (j.before->>'closed_at')::timestamptz ELSE l.closed_at END,
        reason_id = CASE WHEN 'stage' = ANY(j.fields) THEN (j.before->>'reason_id')::bigint ELSE l.reason_id END,
        custom = (l.custom - j.own) || COALESCE(
            (SELECT jsonb_object_agg(o.key, o.value) FROM jsonb_each(j.before->'custom') AS o WHERE o.key = ANY(j.own)),
            '{}'),
        updated_at = %(now)s
    FROM judged j
    WHERE l.id = j.id
    RETURNING l.id
), unmoved AS (
    DELETE FROM qualify_stagemove m USING judged j
    WHERE m.lead_id = j.id AND m.actor = %(label)s AND 'stage' = ANY(j.fields)
)
SELECT judged.id, judged.uid, judged.row_number, 'stage' = ANY(fields) AS is_unmoved,
       cardinality(fields) + cardinality(own) = wanted AS is_whole
FROM judged JOIN restored USING (id)
ORDER BY judged.id

-- name: created
-- Leads that the import made, and whether somebody did something with each since. Carried by the primary keys and
-- qualify_stagemove (lead_id, at, id).
SELECT l.id, c.uid, ch.row_number,
       CASE
           WHEN EXISTS (SELECT FROM qualify_stagemove m WHERE m.lead_id = l.id AND m.actor <> %(label)s)
               THEN 'It was moved after the import.'
           WHEN NOT jsonb_build_object(
                    'stage', l.stage, 'source', l.source, 'channel', l.channel, 'campaign_id', l.campaign_id,
                    'value', l.value, 'interest', l.interest, 'owner_id', l.owner_id, 'custom', l.custom) @> ch.after
               THEN 'It was changed after the import.'
       END AS conflict
FROM capture_importchange ch
JOIN qualify_lead l ON l.id = ch.record_id
JOIN profile_contact c ON c.id = l.contact_id
WHERE ch.imported_id = %(id)s AND ch.id BETWEEN %(first)s AND %(last)s
  AND ch."table" = 'qualify_lead' AND ch.before IS NULL
