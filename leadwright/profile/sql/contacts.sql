-- name: lock
-- The contacts that a set speaks of, held until it is done, by any address and user id by which they are known. Carried
-- by the unique email_key, external_id and contactkey_once; in the order of their ids, so that two sets cannot wait for
-- each other in a circle.
SELECT id, uid, email, email_key, external_id, first_name, last_name, title, phone, country, city, language, time_zone,
       buying_stage, buying_role, persona_id, company_id, custom::text AS custom, origins::text AS origins, created_at,
       first_channel, first_campaign_id,
       (SELECT jsonb_agg(jsonb_build_array(k.kind, k.key, m.absorbed_uid))::text
        FROM profile_contactkey k LEFT JOIN profile_merge m ON k.source = 'merge ' || m.id AND (
            m.absorbed->>'email_key' = k.key OR m.absorbed->>'external_id' = k.key)
        WHERE k.contact_id = profile_contact.id) AS known_by
FROM profile_contact
WHERE id IN (SELECT id FROM profile_contact WHERE email_key = ANY (%(keys)s)
             UNION SELECT id FROM profile_contact WHERE external_id = ANY (%(externals)s)
             UNION SELECT contact_id FROM profile_contactkey WHERE kind = 'email' AND key = ANY (%(keys)s)
             UNION SELECT contact_id FROM profile_contactkey WHERE kind = 'external' AND key = ANY (%(externals)s)
             UNION SELECT unnest(%(ids)s::bigint[]))
ORDER BY id FOR NO KEY UPDATE

-- name: hold_companies
-- What new contacts refer to, held until they are there. Carried by the primary key.
SELECT id FROM profile_company WHERE id = ANY (%(ids)s) ORDER BY id FOR KEY SHARE

-- name: hold_personas
SELECT id FROM attract_persona WHERE id = ANY (%(ids)s) ORDER BY id FOR KEY SHARE

-- name: hold_campaigns
SELECT id FROM attract_campaign WHERE id = ANY (%(ids)s) ORDER BY id FOR KEY SHARE

-- name: make
-- New contacts with the identity that each has of its own. Whoever was made by somebody else at the same moment is
-- missing in the answer, and the caller looks again.
WITH told AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (
        uid uuid, email text, email_key text, external_id text, first_name text, last_name text, title text, phone text,
        country text, city text, language text, time_zone text, buying_stage text, buying_role text, persona_id bigint,
        custom jsonb, origins jsonb, company_id bigint, created_at timestamptz, first_channel text,
        first_campaign_id bigint, last_seen_at timestamptz)
), made AS (
    INSERT INTO profile_contact (uid, email, email_key, external_id, first_name, last_name, title, phone, country, city,
        language, time_zone, buying_stage, buying_role, persona_id, custom, origins, company_id, created_at, updated_at,
        first_channel, first_campaign_id, last_seen_at)
    SELECT uid, email, email_key, external_id, first_name, last_name, title, phone, country, city, language, time_zone,
           buying_stage, COALESCE(buying_role, ''), persona_id, custom, origins, company_id, created_at, %(now)s, first_channel,
           first_campaign_id, last_seen_at
    FROM told
    WHERE NOT EXISTS (SELECT FROM profile_contactkey k
                      WHERE (k.kind, k.key) IN (('email', told.email_key), ('external', told.external_id)))
    ORDER BY email_key, external_id
    ON CONFLICT DO NOTHING
    RETURNING id, uid
), own AS (
    INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence)
    SELECT made.uid, made.id, 'self', told.created_at, '' FROM made JOIN told ON told.uid = made.uid
)
SELECT id, uid FROM made

-- name: change
-- What a set has changed on contacts that it holds. Carried by the primary key.
UPDATE profile_contact c
SET email = r.email, email_key = r.email_key, external_id = r.external_id, first_name = r.first_name,
    last_name = r.last_name, title = r.title, phone = r.phone, country = r.country, city = r.city,
    language = r.language, time_zone = r.time_zone, buying_stage = r.buying_stage, buying_role = r.buying_role,
    persona_id = r.persona_id, custom = r.custom,
    origins = r.origins, company_id = r.company_id, updated_at = %(now)s,
    last_seen_at = GREATEST(c.last_seen_at, r.last_seen_at)
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (
    id bigint, email text, email_key text, external_id text, first_name text, last_name text, title text, phone text,
    country text, city text, language text, time_zone text, buying_stage text, buying_role text,
    persona_id bigint, custom jsonb, origins jsonb, company_id bigint, last_seen_at timestamptz)
WHERE c.id = r.id

-- name: see
-- When contacts were last seen to do something themselves; whoever became a contact by it was noted with that. Carried by capture_activity_log and the identities' key.
UPDATE profile_contact c SET last_seen_at = seen.at
FROM (
    SELECT i.contact_id, max(a.at) AS at
    FROM capture_told a JOIN profile_identity i ON i.subject_id = a.subject_id
    WHERE /*within*/ AND a.human >= 0.5
    GROUP BY i.contact_id
) AS seen
WHERE c.id = seen.contact_id AND (c.last_seen_at IS NULL OR c.last_seen_at < seen.at)
