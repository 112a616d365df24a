-- name: match
-- Finds the contact of each staged row: by the field that the mapping matches by, else by the others. A row whose two
-- keys belong to two people is refused, and so is one that nobody could ever be found by. Only rows of which there is
-- something to say are kept: where all of a chunk is new, nothing is written and nothing joined.
-- One look into each unique index a row that has the key (external_id, email_key, contactkey_once). By telephone there is
-- no index, which each contact ever made would pay for: one pass over the table a chunk.
CREATE TEMPORARY TABLE import_match ON COMMIT DROP AS
WITH hit AS (
    SELECT r.row_number, c.id AS by_mail, NULL::bigint AS other_mail, NULL::bigint AS by_id, NULL::bigint AS other_id,
           NULL::bigint AS by_phone
    FROM import_row r JOIN profile_contact c ON c.email_key = r.email_key
    WHERE r.email_key IS NOT NULL
    UNION ALL
    SELECT r.row_number, NULL, k.contact_id, NULL, NULL, NULL
    FROM import_row r JOIN profile_contactkey k ON k.kind = 'email' AND k.key = r.email_key
    WHERE r.email_key IS NOT NULL
    UNION ALL
    SELECT r.row_number, NULL, NULL, c.id, NULL, NULL
    FROM import_row r JOIN profile_contact c ON c.external_id = r.external_id
    WHERE r.external_id IS NOT NULL
    UNION ALL
    SELECT r.row_number, NULL, NULL, NULL, k.contact_id, NULL
    FROM import_row r JOIN profile_contactkey k ON k.kind = 'external' AND k.key = r.external_id
    WHERE r.external_id IS NOT NULL
    UNION ALL
    SELECT r.row_number, NULL, NULL, NULL, NULL, c.id
    FROM import_row r JOIN profile_contact c ON c.phone = r.phone
    WHERE %(match)s = 'phone' AND r.phone IS NOT NULL
), known AS (
    SELECT row_number, COALESCE(max(by_mail), max(other_mail)) AS by_mail, COALESCE(max(by_id), max(other_id)) AS by_id,
           CASE WHEN count(by_phone) = 1 THEN max(by_phone) END AS by_phone, count(by_phone) AS phones
    FROM hit GROUP BY row_number
), found AS (
    SELECT r.row_number, r.company_key,
           CASE WHEN %(match)s = 'email' THEN COALESCE(by_mail, by_id)
                WHEN %(match)s = 'phone' THEN COALESCE(by_phone, by_id, by_mail)
                ELSE COALESCE(by_id, by_mail) END AS record_id,
           CASE
               WHEN email_key IS NULL AND external_id IS NULL AND NOT (%(match)s = 'phone' AND phone IS NOT NULL)
                   THEN CASE WHEN %(match)s = 'phone'
                             THEN 'The row has no telephone number, e-mail address or external id; it needs one of them.'
                             ELSE 'The row has neither an e-mail address nor an external id; it needs one of them.' END
               WHEN by_id <> by_mail
                   THEN 'The external id “' || left(external_id, 60) || '” and the address ' || left(email, 80)
                        || ' belong to two different contacts. Merge them first, or correct the row.'
               WHEN phones > 1 AND by_id IS NULL AND by_mail IS NULL
                   THEN 'The telephone number ' || phone || ' belongs to ' || phones
                        || ' contacts. Add an address to the row.'
               WHEN by_phone <> COALESCE(by_id, by_mail)
                   THEN 'The telephone number ' || phone
                        || ' and the other keys of the row belong to two different contacts.'
               WHEN NOT %(create)s AND by_id IS NULL AND by_mail IS NULL AND by_phone IS NULL
                   THEN 'There is no such contact, and this mapping makes none (create: false).'
           END AS reason
    FROM import_row r LEFT JOIN known USING (row_number)
)
SELECT * FROM found WHERE record_id IS NOT NULL OR reason IS NOT NULL

-- name: companies
-- The companies that the staged rows name, each once: by domain, else by name. `id` is null for those to be made.
-- Carried by the unique index on domain and by profile_company_named (lower(name)).
CREATE TEMPORARY TABLE import_company ON COMMIT DROP AS
SELECT wanted.*,
       CASE WHEN wanted.domain IS NOT NULL
            THEN COALESCE((SELECT id FROM profile_company WHERE domain = wanted.domain),
                          (SELECT company_id FROM profile_companydomain WHERE domain = wanted.domain))
            ELSE (SELECT min(id) FROM profile_company WHERE lower(name) = lower(wanted.name))
       END AS id,
       false AS is_new
FROM (
    SELECT r.company_key AS key, min(r.company_domain) AS domain, COALESCE(min(r.company), min(r.company_domain)) AS name,
           min(r.row_number) AS row_number
    FROM import_row r WHERE r.company_key IS NOT NULL
    GROUP BY r.company_key
) AS wanted

-- name: judge
-- Compares each staged row that has a contact with it, field by field: what is new, what it was, what stays. A blank
-- cell says nothing; fields of `fill` take only what the contact lacks, those of `never` nothing.
-- Carried by the primary keys.
CREATE TEMPORARY TABLE import_judged ON COMMIT DROP AS
SELECT m.row_number,
       CASE WHEN m.reason IS NOT NULL THEN 'refuse'
            WHEN change.after IS NULL THEN 'unchanged'
            ELSE 'update' END AS verdict,
       m.reason, NULL::text AS warning, m.record_id,
       COALESCE(NULLIF(concat_ws(' ', COALESCE(r.first_name, c.first_name), COALESCE(r.last_name, c.last_name)), ''),
                r.email, c.email, r.external_id, '') AS name,
       CASE WHEN change.after IS NOT NULL THEN change.before END AS before, change.after,
       m.company_key, NULL::uuid AS uid
FROM import_match m
JOIN import_row r USING (row_number)
LEFT JOIN profile_contact c ON c.id = m.record_id AND m.reason IS NULL
LEFT JOIN profile_company was ON was.id = c.company_id
LEFT JOIN import_company k ON k.key = m.company_key
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(v.field, v.old) AS before, jsonb_object_agg(v.field, v.new) AS after
    FROM (
        SELECT field, to_jsonb(old) AS old, to_jsonb(new) AS new
        FROM (VALUES ('email', c.email, r.email), ('email_key', c.email_key, r.email_key),
                     ('external_id', c.external_id, r.external_id),
                     ('first_name', c.first_name, r.first_name), ('last_name', c.last_name, r.last_name),
                     ('title', c.title, r.title), ('phone', c.phone, r.phone), ('country', c.country, r.country),
                     ('city', c.city, r.city), ('language', c.language, r.language),
                     ('time_zone', c.time_zone, r.time_zone), ('owner_id', c.owner_id::text, r.owner_id::text),
                     ('first_channel', c.first_channel, r.channel), ('first_source', c.first_source, r.source),
                     ('first_campaign', c.first_campaign_id::text, r.campaign::text))
            AS text_field (field, old, new)
        WHERE c.id IS NOT NULL AND new IS NOT NULL AND new IS DISTINCT FROM old
          AND NOT field = ANY(%(never)s) AND (NOT field = ANY(%(fill)s) OR COALESCE(old, '') = '')
        UNION ALL
        SELECT 'company', to_jsonb(was.name), to_jsonb(COALESCE(r.company, k.name))
        WHERE c.id IS NOT NULL AND k.key IS NOT NULL AND r.company_given AND k.id IS DISTINCT FROM c.company_id
          AND NOT 'company' = ANY(%(never)s) AND (NOT 'company' = ANY(%(fill)s) OR c.company_id IS NULL)
        UNION ALL
        SELECT 'custom', COALESCE(jsonb_object_agg(own.key, c.custom->own.key) FILTER (WHERE c.custom ? own.key), '{}'),
               jsonb_object_agg(own.key, own.value)
        FROM jsonb_each(r.custom) AS own
        WHERE c.id IS NOT NULL AND own.value IS DISTINCT FROM c.custom->own.key
          AND NOT 'custom.' || own.key = ANY(%(never)s)
          AND (NOT 'custom.' || own.key = ANY(%(fill)s) OR NOT c.custom ? own.key)
        HAVING count(*) > 0
    ) AS v
) AS change ON true

-- name: judge_new
-- The rows that have no contact make one. Where one only looks, what would be known of it is told as well; a run reads
-- that from the staged row. `head` begins a UUIDv7 of the chunk's moment.
INSERT INTO import_judged (row_number, verdict, record_id, name, after, company_key, uid)
SELECT r.row_number, 'create',
       CASE WHEN %(id)s <> 0 THEN nextval((SELECT pg_get_serial_sequence('profile_contact', 'id')::regclass)) END,
       CASE WHEN %(id)s = 0 THEN COALESCE(NULLIF(concat_ws(' ', r.first_name, r.last_name), ''), r.email, r.external_id,
                                          r.phone, '') END,
       CASE WHEN %(id)s = 0 THEN jsonb_strip_nulls(jsonb_build_object(
           'email', r.email, 'external_id', r.external_id, 'first_name', r.first_name, 'last_name', r.last_name,
           'title', r.title, 'company', r.company, 'phone', r.phone, 'country', r.country, 'city', r.city,
           'language', r.language, 'time_zone', r.time_zone, 'owner_id', r.owner_id, 'custom', r.custom)) END,
       r.company_key, (%(head)s || substr(gen_random_uuid()::text, 16))::uuid
FROM import_row r
WHERE NOT EXISTS (SELECT FROM import_match m WHERE m.row_number = r.row_number)

-- name: refuse_taken
-- Refuses staged rows that would give a contact a value that must be unique and is another's, of the database or of an
-- earlier row. Carried by each field's own index.
WITH written AS (
    SELECT j.row_number, CASE WHEN j.verdict = 'update' THEN j.record_id END AS own,
           CASE WHEN j.verdict = 'update' THEN j.after->'custom' ELSE r.custom END AS custom
    FROM import_judged j JOIN import_row r USING (row_number)
    WHERE j.verdict IN ('create', 'update')
)
UPDATE import_judged j SET verdict = 'refuse', reason = taken.reason, before = NULL, after = NULL
FROM (SELECT row_number, string_agg(reason, ' ') AS reason FROM ({taken}) AS each GROUP BY row_number) AS taken
WHERE j.row_number = taken.row_number

-- name: taken
-- The rows whose value in one unique field is taken; a part of refuse_taken.
SELECT w.row_number, %(say{number})s::text AS reason
FROM (
    SELECT w.row_number, w.own, {told} AS value,
           first_value(w.row_number) OVER same AS first_row, first_value(w.own) OVER same AS first_own
    FROM written w WHERE {told} IS NOT NULL
    WINDOW same AS (PARTITION BY {told} ORDER BY w.row_number)
) AS w
WHERE (w.row_number <> w.first_row AND (w.own IS NULL OR w.own IS DISTINCT FROM w.first_own))
   OR EXISTS (SELECT FROM profile_contact c WHERE {there} = w.value AND c.id IS DISTINCT FROM w.own)

-- name: likely
-- Rows that would make a contact although one of the same name is there at the same company or under the same telephone
-- number. Carried by the index on (last_name, first_name, id).
SELECT j.row_number, j.name, c.id, concat_ws(' ', c.first_name, c.last_name, NULLIF(c.email, '')) AS other,
       CASE WHEN k.id = c.company_id THEN 'the same name at the same company'
            ELSE 'the same name and telephone number' END AS why
FROM import_judged j
JOIN import_row r USING (row_number)
LEFT JOIN import_company k ON k.key = j.company_key
JOIN profile_contact c ON c.last_name = r.last_name AND c.first_name = r.first_name
WHERE j.verdict = 'create' AND r.last_name <> '' AND r.first_name <> ''
  AND (k.id = c.company_id OR (r.phone = c.phone AND r.phone <> ''))
ORDER BY j.row_number LIMIT 2000

-- name: make_companies
-- Makes the companies that were named and are not there yet, and answers them as `import_made`. Carried by the unique
-- index on domain.
CREATE TEMPORARY TABLE import_made ON COMMIT DROP AS
SELECT nextval((SELECT pg_get_serial_sequence('profile_company', 'id')::regclass)) AS record_id, k.row_number,
       NULL::bigint AS mark, k.key, k.name, k.domain
FROM import_company k
WHERE k.id IS NULL AND EXISTS (
    SELECT FROM import_judged j
    WHERE j.company_key = k.key AND (j.verdict = 'create' OR (j.verdict = 'update' AND j.after ? 'company')))

-- name: insert_companies
INSERT INTO profile_company (id, name, domain, industry, country, city, custom, created_at, updated_at)
SELECT record_id, left(name, 200), domain, '', '', '', '{}', %(now)s, %(now)s FROM import_made

-- name: number_companies
UPDATE import_company k SET id = made.record_id, is_new = true FROM import_made made WHERE made.key = k.key

-- name: hold_companies
-- The companies that were there before and that new contacts will belong to: held, so that nobody removes one before
-- the commit. Does once a company what a foreign key does once a contact. Carried by the primary key.
SELECT count(*) FROM (
    SELECT FROM profile_company
    WHERE id IN (SELECT id FROM import_company WHERE NOT is_new) FOR KEY SHARE
) AS held

-- name: hold_owners
SELECT count(*) FROM (
    SELECT FROM workspace_user
    WHERE id IN (SELECT owner_id FROM import_row WHERE owner_id IS NOT NULL) FOR KEY SHARE
) AS held

-- name: hold_campaigns
SELECT count(*) FROM (
    SELECT FROM attract_campaign
    WHERE id IN (SELECT campaign FROM import_row WHERE campaign IS NOT NULL) FOR KEY SHARE
) AS held

-- name: pack_origins
-- Where the values of a chunk's new contacts come from, packed once: a row beyond two kilobytes has its document compressed
-- by PostgreSQL and kept inline, and in this form it is copied into every contact. 180 bytes instead of 680 a contact.
CREATE TEMPORARY TABLE import_origin (filler text, origins jsonb) ON COMMIT DROP;
ALTER TABLE import_origin ALTER filler SET STORAGE PLAIN, ALTER origins SET STORAGE MAIN;
INSERT INTO import_origin VALUES (repeat('x', 2100), %(origins)s::jsonb)

-- name: insert_contacts
INSERT INTO profile_contact
    (id, uid, email, email_key, external_id, first_name, last_name, title, phone, country, city, language, time_zone,
     company_id, owner_id, buying_stage, first_channel, first_campaign_id, first_source, custom, origins, created_at,
     updated_at)
SELECT j.record_id, j.uid, COALESCE(r.email, ''), r.email_key, r.external_id, COALESCE(r.first_name, ''),
       COALESCE(r.last_name, ''), COALESCE(r.title, ''), COALESCE(r.phone, ''), COALESCE(r.country, ''),
       COALESCE(r.city, ''), COALESCE(r.language, ''), COALESCE(r.time_zone, ''), k.id, r.owner_id, '',
       COALESCE(r.channel, ''),
       CASE WHEN r.campaign IS NOT NULL THEN (SELECT m.id FROM attract_campaign m WHERE m.id = r.campaign) END,
       COALESCE(r.source, ''), COALESCE(r.custom, '{}'), o.origins, COALESCE(r.created_at, %(now)s), %(now)s
FROM import_judged j
JOIN import_row r USING (row_number)
LEFT JOIN import_company k ON k.key = r.company_key
CROSS JOIN import_origin o
WHERE j.verdict = 'create'

-- name: insert_identities
-- Every contact has the identity of its own uid.
INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence)
SELECT uid, record_id, 'self', %(now)s, %(label)s FROM import_judged WHERE verdict = 'create'

-- name: keep_contacts
-- What a chunk made, in one row of the undo log, each with a mark of what was written; see `made`.
INSERT INTO capture_importmade (imported_id, "table", records, row_numbers, marks)
SELECT %(id)s, 'profile_contact', array_agg(record_id), array_agg(row_number), array_agg(mark)
FROM (
    SELECT j.record_id, j.row_number,
           hashtextextended(concat_ws(E'\x1f', COALESCE(r.email, ''), COALESCE(r.external_id, ''),
               COALESCE(r.first_name, ''), COALESCE(r.last_name, ''), COALESCE(r.title, ''), COALESCE(r.phone, ''),
               COALESCE(r.country, ''), COALESCE(r.city, ''), COALESCE(r.language, ''), COALESCE(r.time_zone, ''),
               r.owner_id, COALESCE(r.custom, '{}')::text), 37) AS mark
    FROM import_judged j JOIN import_row r USING (row_number)
    WHERE j.verdict = 'create' ORDER BY row_number
) AS made

-- name: forget_made
DROP TABLE import_made

-- name: change_contacts
-- Writes the changed fields. Carried by the primary key.
UPDATE profile_contact c
SET email = COALESCE(j.after->>'email', c.email),
    email_key = COALESCE(j.after->>'email_key', c.email_key),
    external_id = COALESCE(j.after->>'external_id', c.external_id),
    first_name = COALESCE(j.after->>'first_name', c.first_name),
    last_name = COALESCE(j.after->>'last_name', c.last_name),
    title = COALESCE(j.after->>'title', c.title),
    phone = COALESCE(j.after->>'phone', c.phone),
    country = COALESCE(j.after->>'country', c.country),
    city = COALESCE(j.after->>'city', c.city),
    language = COALESCE(j.after->>'language', c.language),
    time_zone = COALESCE(j.after->>'time_zone', c.time_zone),
    owner_id = COALESCE((j.after->>'owner_id')::bigint, c.owner_id),
    first_channel = COALESCE(j.after->>'first_channel', c.first_channel),
    first_campaign_id = COALESCE((j.after->>'first_campaign')::bigint, c.first_campaign_id),
    first_source = COALESCE(j.after->>'first_source', c.first_source),
    company_id = CASE WHEN j.after ? 'company' THEN (j.after->>'company_id')::bigint ELSE c.company_id END,
    custom = CASE WHEN j.after ? 'custom' THEN c.custom || (j.after->'custom') ELSE c.custom END,
    origins = c.origins || (SELECT jsonb_object_agg(field, %(origin)s::jsonb) FROM jsonb_object_keys(j.after) AS field
                            WHERE field NOT IN ('company_id', 'email_key')),
    updated_at = %(now)s
FROM import_judged j
WHERE j.verdict = 'update' AND c.id = j.record_id

-- name: complete
-- Adds to the undo log's values what only the writing knows: the company's id, and where each value came from before.
UPDATE import_judged j
SET before = j.before
        || CASE WHEN j.after ? 'company' THEN jsonb_build_object('company_id', c.company_id) ELSE '{}' END
        || jsonb_build_object('origins', COALESCE(
            (SELECT jsonb_object_agg(o.key, o.value) FROM jsonb_each(c.origins) AS o WHERE j.after ? o.key), '{}')),
    after = j.after || CASE WHEN j.after ? 'company' THEN jsonb_build_object('company_id', k.id) ELSE '{}' END
FROM profile_contact c
JOIN import_judged mine ON mine.record_id = c.id
LEFT JOIN import_company k ON k.key = mine.company_key
WHERE j.verdict = 'update' AND mine.row_number = j.row_number AND c.id = j.record_id

-- name: log_changes
-- The undo log of what was changed, with its values before.
INSERT INTO capture_importchange (imported_id, row_number, "table", record_id, before, after)
SELECT %(id)s, row_number, 'profile_contact', record_id, before, after
FROM import_judged WHERE verdict = 'update'
ORDER BY row_number

-- name: restore
-- Gives changed contacts their values back, field by field, where nobody changed them since; what somebody did stays and
-- is answered as a conflict. A key that another contact has by now is not taken from it.
-- Carried by the primary keys of capture_importchange (range) and profile_contact.
WITH change AS (
    SELECT ch.record_id, ch.row_number, ch.before, ch.after
    FROM capture_importchange ch
    WHERE ch.imported_id = %(id)s AND ch.id BETWEEN %(first)s AND %(last)s
      AND ch."table" = 'profile_contact' AND ch.before IS NOT NULL
), judged AS (
    SELECT c.id, change.row_number, change.before,
           (SELECT COALESCE(array_agg(v.field), '{}')
            FROM (VALUES ('email', c.email), ('email_key', c.email_key), ('external_id', c.external_id),
                         ('first_name', c.first_name), ('last_name', c.last_name), ('title', c.title),
                         ('phone', c.phone), ('country', c.country), ('city', c.city), ('language', c.language),
                         ('time_zone', c.time_zone), ('owner_id', c.owner_id::text),
                         ('first_channel', c.first_channel), ('first_source', c.first_source),
                         ('first_campaign', c.first_campaign_id::text),
                         ('company_id', c.company_id::text)) AS v (field, value)
            WHERE change.after ? v.field AND v.value IS NOT DISTINCT FROM change.after->>v.field
              AND NOT (v.field IN ('email', 'email_key') AND EXISTS (
                  SELECT FROM profile_contact o WHERE o.email_key = change.before->>'email_key' AND o.id <> c.id))
              AND NOT (v.field = 'external_id' AND EXISTS (
                  SELECT FROM profile_contact o WHERE o.external_id = change.before->>'external_id' AND o.id <> c.id))
           ) AS fields,
           (SELECT COALESCE(array_agg(own.key), '{}') FROM jsonb_each(change.after->'custom') AS own
            WHERE c.custom->own.key IS NOT DISTINCT FROM own.value) AS own,
           (SELECT count(*) FROM jsonb_object_keys(change.after) AS field WHERE field NOT IN ('custom', 'company'))
           + (SELECT count(*) FROM jsonb_object_keys(COALESCE(change.after->'custom', '{}'))) AS wanted
    FROM change JOIN profile_contact c ON c.id = change.record_id
), restored AS (
    UPDATE profile_contact c
    SET email = CASE WHEN 'email' = ANY(j.fields) THEN COALESCE(j.before->>'email', '') ELSE c.email END,
        email_key = CASE WHEN 'email_key' = ANY(j.fields) THEN j.before->>'email_key' ELSE c.email_key END,
        external_id = CASE WHEN 'external_id' = ANY(j.fields) THEN j.before->>'external_id' ELSE c.external_id END,
        first_name = CASE WHEN 'first_name' = ANY(j.fields) THEN j.before->>'first_name' ELSE c.first_name END,
        last_name = CASE WHEN 'last_name' = ANY(j.fields) THEN j.before->>'last_name' ELSE c.last_name END,
        title = CASE WHEN 'title' = ANY(j.fields) THEN j.before->>'title' ELSE c.title END,
        phone = CASE WHEN 'phone' = ANY(j.fields) THEN j.before->>'phone' ELSE c.phone END,
        country = CASE WHEN 'country' = ANY(j.fields) THEN j.before->>'country' ELSE c.country END,
        city = CASE WHEN 'city' = ANY(j.fields) THEN j.before->>'city' ELSE c.city END,
        language = CASE WHEN 'language' = ANY(j.fields) THEN j.before->>'language' ELSE c.language END,
        time_zone = CASE WHEN 'time_zone' = ANY(j.fields) THEN j.before->>'time_zone' ELSE c.time_zone END,
        owner_id = CASE WHEN 'owner_id' = ANY(j.fields)
                        THEN (SELECT u.id FROM workspace_user u WHERE u.id = (j.before->>'owner_id')::bigint)
                        ELSE c.owner_id END,
        first_channel = CASE WHEN 'first_channel' = ANY(j.fields) THEN COALESCE(j.before->>'first_channel', '')
                             ELSE c.first_channel END,
        first_source = CASE WHEN 'first_source' = ANY(j.fields) THEN COALESCE(j.before->>'first_source', '')
                            ELSE c.first_source END,
        first_campaign_id = CASE WHEN 'first_campaign' = ANY(j.fields)
                                 THEN (SELECT m.id FROM attract_campaign m
                                       WHERE m.id = (j.before->>'first_campaign')::bigint)
                                 ELSE c.first_campaign_id END,
        company_id = CASE WHEN 'company_id' = ANY(j.fields)
                          THEN (SELECT k.id FROM profile_company k WHERE k.id = (j.before->>'company_id')::bigint)
                          ELSE c.company_id END,
        custom = (c.custom - j.own) || COALESCE(
            (SELECT jsonb_object_agg(o.key, o.value) FROM jsonb_each(j.before->'custom') AS o WHERE o.key = ANY(j.own)),
            '{}'),
        origins = (c.origins - back.names) || COALESCE(
            (SELECT jsonb_object_agg(o.key, o.value) FROM jsonb_each(j.before->'origins') AS o
             WHERE o.key = ANY(back.names)), '{}'),
        updated_at = %(now)s
    FROM judged j
    CROSS JOIN LATERAL (
        SELECT j.fields || CASE WHEN j.own <> '{}' THEN ARRAY['custom'] ELSE '{}' END
               || CASE WHEN 'company_id' = ANY(j.fields) THEN ARRAY['company'] ELSE '{}' END AS names
    ) AS back
    WHERE c.id = j.id
    RETURNING c.id
)
SELECT judged.id, judged.row_number, cardinality(fields) + cardinality(own) = wanted AS is_whole
FROM judged JOIN restored USING (id)
ORDER BY judged.id

-- name: created
-- Contacts that the import made, and whether somebody did something with each since: changed what the import wrote,
-- opened a lead, or left an activity. What machines conclude by themselves (segments, scores) does not count.
-- Carried by the primary keys, profile_identity (contact_id), capture_activity_subject, qualify_lead (contact_id, …).
SELECT c.id, c.uid, ch.row_number,
       concat_ws(' ', NULLIF(c.first_name, ''), NULLIF(c.last_name, ''), NULLIF(c.email, '')) AS name,
       CASE
           WHEN NOT jsonb_build_object(
                    'email', c.email, 'external_id', c.external_id, 'first_name', c.first_name, 'last_name', c.last_name,
                    'title', c.title, 'phone', c.phone, 'country', c.country, 'city', c.city, 'language', c.language,
                    'time_zone', c.time_zone, 'owner_id', c.owner_id, 'custom', c.custom) @> ch.after
               THEN 'It was changed after the import.'
           WHEN EXISTS (
                SELECT FROM profile_identity i JOIN capture_activity a ON a.subject_id = i.subject_id
                WHERE i.contact_id = c.id AND a.properties->>'import' IS DISTINCT FROM %(id)s::text
                  AND a.kind NOT IN ('segment_entered', 'segment_left', 'score_crossed'))
               THEN 'Something happened with it after the import.'
       END AS conflict
FROM capture_importchange ch JOIN profile_contact c ON c.id = ch.record_id
WHERE ch.imported_id = %(id)s AND ch.id BETWEEN %(first)s AND %(last)s
  AND ch."table" = 'profile_contact' AND ch.before IS NULL

-- name: made
-- The contacts that a chunk made and that are still there, and whether somebody did something with each since: changed
-- what the import wrote, or left an activity. What machines conclude by themselves (segments, scores) does not count.
-- Carried by the primary keys, profile_identity (contact_id), capture_activity_subject (subject_id, at).
SELECT c.id, c.uid, made.row_number,
       CASE
           WHEN made.mark <> hashtextextended(concat_ws(E'\x1f', c.email, COALESCE(c.external_id, ''), c.first_name,
                    c.last_name, c.title, c.phone, c.country, c.city, c.language, c.time_zone, c.owner_id,
                    c.custom::text), 37)
               THEN 'It was changed after the import.'
           WHEN EXISTS (
                SELECT FROM profile_identity i
                CROSS JOIN LATERAL (
                    SELECT FROM capture_activity a
                    WHERE a.subject_id = i.subject_id AND a.properties->>'import' IS DISTINCT FROM %(id)s::text
                      AND a.kind NOT IN ('segment_entered', 'segment_left', 'score_crossed')
                    LIMIT 1
                ) AS did
                WHERE i.contact_id = c.id)
               THEN 'Something happened with it after the import.'
       END AS conflict
FROM unnest(%(records)s::bigint[], %(row_numbers)s::bigint[], %(marks)s::bigint[]) AS made (id, row_number, mark)
JOIN profile_contact c USING (id)

-- name: unmake_made_companies
-- Removes companies that a chunk made and that nobody belongs to any more. Carried by the primary key and the index on
-- profile_contact (company_id).
DELETE FROM profile_company k
WHERE k.id = ANY(%(records)s::bigint[]) AND k.owner_id IS NULL AND k.custom = '{}'
  AND NOT EXISTS (SELECT FROM profile_contact c WHERE c.company_id = k.id)

-- name: unmake_companies
-- Removes companies that the import made and that nobody belongs to any more. Carried by the primary keys.
DELETE FROM profile_company k
USING capture_importchange ch
WHERE ch.imported_id = %(id)s AND ch.id BETWEEN %(first)s AND %(last)s
  AND ch."table" = 'profile_company' AND ch.record_id = k.id
  AND NOT EXISTS (SELECT FROM profile_contact c WHERE c.company_id = k.id)
  AND k.owner_id IS NULL AND k.custom = '{}'

-- name: make_people
-- Makes the contacts of `import_person` (made by a later stage's import) that are not there yet, each with the identity
-- of its own uid and its line in the undo log. What is there stays as it is. Carried by the unique indexes.
WITH numbered AS (
    UPDATE import_person SET id = nextval((SELECT pg_get_serial_sequence('profile_contact', 'id')::regclass)), is_new = true
    WHERE id IS NULL
    RETURNING *
), made AS (
    INSERT INTO profile_contact
        (id, uid, email, email_key, external_id, first_name, last_name, title, phone, country, city, language, time_zone,
         company_id, buying_stage, first_channel, first_campaign_id, first_source, custom, origins, created_at, updated_at)
    SELECT n.id, n.uid, COALESCE(n.email, ''), n.email_key, n.external_id, COALESCE(n.first_name, ''),
           COALESCE(n.last_name, ''), COALESCE(n.title, ''), COALESCE(n.phone, ''), COALESCE(n.country, ''),
           COALESCE(n.city, ''), '', '', k.id, '', COALESCE(n.channel, ''), n.campaign_id, COALESCE(n.source, ''), '{}',
           %(origins)s::jsonb, %(now)s, %(now)s
    FROM numbered n LEFT JOIN import_company k ON k.key = n.company_key
), known AS (
    INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence)
    SELECT uid, id, 'self', %(now)s, %(label)s FROM numbered
)
INSERT INTO capture_importchange (imported_id, row_number, "table", record_id, before, after)
SELECT %(id)s, row_number, 'profile_contact', id, NULL,
       jsonb_strip_nulls(jsonb_build_object('email', email, 'external_id', external_id, 'first_name', first_name,
                                            'last_name', last_name, 'title', title, 'phone', phone, 'country', country,
                                            'city', city))
FROM numbered ORDER BY row_number

-- name: make_people_companies
-- Makes the companies of contacts that are about to be made. Carried by the unique index on domain.
WITH numbered AS (
    UPDATE import_company k
    SET id = nextval((SELECT pg_get_serial_sequence('profile_company', 'id')::regclass)), is_new = true
    WHERE k.id IS NULL AND EXISTS (SELECT FROM import_person p WHERE p.company_key = k.key AND p.id IS NULL)
    RETURNING k.id, k.name, k.domain, k.row_number
), made AS (
    INSERT INTO profile_company (id, name, domain, industry, country, city, custom, created_at, updated_at)
    SELECT id, left(name, 200), domain, '', '', '', '{}', %(now)s, %(now)s FROM numbered
)
INSERT INTO capture_importchange (imported_id, row_number, "table", record_id, before, after)
SELECT %(id)s, row_number, 'profile_company', id, NULL, NULL FROM numbered
