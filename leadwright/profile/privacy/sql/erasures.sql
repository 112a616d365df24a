-- name: addresses
SELECT email_key FROM profile_contact WHERE id = ANY (%(contacts)s)
UNION SELECT key FROM profile_contactkey WHERE contact_id = ANY (%(contacts)s) AND kind = 'email'

-- name: consents
-- The ledger of people who must be forgotten goes with them; the receipt says that it was there.
DELETE FROM profile_consentrecord WHERE contact_id = ANY (%(contacts)s)

-- name: suppressions
-- A suppression in clear becomes one by fingerprint; `erase` adds it.
DELETE FROM profile_suppression s
USING (SELECT email_key FROM profile_contact WHERE id = ANY (%(contacts)s)
       UNION SELECT key FROM profile_contactkey WHERE contact_id = ANY (%(contacts)s) AND kind = 'email') AS hers
WHERE s.email_key = hers.email_key

-- name: duplicates
-- That she was likely the same as somebody. Carried by duplicate_once and duplicate_high.
DELETE FROM profile_duplicate
WHERE kind = 'contact' AND (low_id = ANY (%(contacts)s) OR high_id = ANY (%(contacts)s))

-- name: match_keys
-- The hashed pieces by which she was compared. Carried by matchkey_record.
DELETE FROM profile_matchkey WHERE kind = 'contact' AND record_id = ANY (%(contacts)s)

-- name: merge_parts
-- What merges of her record moved. Carried by merge_survivor and merge_absorbed.
DELETE FROM profile_mergepart p USING profile_merge m
WHERE p.merge_id = m.id AND m.kind = 'contact'
  AND (m.survivor_id = ANY (%(contacts)s) OR m.absorbed_id = ANY (%(contacts)s))

-- name: merges
-- Merges of her record; they cannot be undone any more. Carried by merge_survivor and merge_absorbed.
DELETE FROM profile_merge
WHERE kind = 'contact' AND (survivor_id = ANY (%(contacts)s) OR absorbed_id = ANY (%(contacts)s))

-- name: requests
-- What she asked of her data. Carried by the index on contact_id.
DELETE FROM profile_privacyrequest WHERE contact_id = ANY (%(contacts)s)

-- name: visitor_consents
-- What her browsers answered the banner. Carried by visitor_consent_of; before the browsers themselves go.
DELETE FROM profile_visitorconsent q USING profile_identity i, capture_visitor v
WHERE i.contact_id = ANY (%(contacts)s) AND v.id = i.subject_id AND q.anonymous_id = v.anonymous_id

-- name: trail
-- Lines of the trail that name her keep who did what and when, and lose their words. A scan, as nothing else finds words.
UPDATE workspace_auditentry e SET detail = '{"forgotten": true}'
FROM (
    SELECT email_key AS word FROM profile_contact WHERE id = ANY (%(contacts)s) AND email_key <> ''
    UNION SELECT key FROM profile_contactkey WHERE contact_id = ANY (%(contacts)s) AND kind = 'email'
    UNION SELECT lower(first_name || ' ' || last_name) FROM profile_contact
          WHERE id = ANY (%(contacts)s) AND first_name <> '' AND last_name <> ''
) AS hers
WHERE strpos(lower(e.detail::text), hers.word) > 0

-- name: written
-- What this transaction has removed or changed so far, by table; of a partitioned table, all its months together.
SELECT coalesce(pg_partition_root(relid), relid)::regclass::text AS name, sum(n_tup_del + n_tup_upd)::bigint AS count
FROM pg_stat_xact_user_tables WHERE n_tup_del + n_tup_upd > 0 GROUP BY 1

-- name: contacts
-- The contacts themselves, with what the database's own foreign keys cannot remove for us.
WITH gone AS (
    DELETE FROM profile_consent WHERE contact_id = ANY (%(contacts)s)
), keyed AS (
    DELETE FROM profile_contactkey WHERE contact_id = ANY (%(contacts)s)
), named AS (
    DELETE FROM profile_identity WHERE contact_id = ANY (%(contacts)s)
)
DELETE FROM profile_contact WHERE id = ANY (%(contacts)s)

-- name: hits
-- Raw hits behind the activities of these people (carried by capture_activity_subject, then by the hits' key), and those
-- that became none: refused, or only evidence. They are found by what stands in them: one scan of the hits still kept,
-- each written out once and not once a person.
WITH person AS (
    SELECT uid::text AS uid, email_key FROM profile_contact WHERE id = ANY (%(contacts)s)
    UNION SELECT '', key FROM profile_contactkey WHERE contact_id = ANY (%(contacts)s) AND kind = 'email'
), browser AS (
    SELECT v.anonymous_id FROM profile_identity i JOIN capture_visitor v ON v.id = i.subject_id
    WHERE i.contact_id = ANY (%(contacts)s)
), done AS (
    SELECT a.hit_id FROM profile_identity i JOIN capture_activity a ON a.subject_id = i.subject_id
    WHERE i.contact_id = ANY (%(contacts)s) AND a.hit_id IS NOT NULL
), told AS MATERIALIZED (
    SELECT id, lower(payload::text) AS words FROM capture_hit
), gone AS (
    DELETE FROM capture_hit h
    WHERE h.id IN (SELECT hit_id FROM done)
       OR h.payload->>'anonymousId' IN (SELECT anonymous_id FROM browser)
       OR h.payload->>'contact' IN (SELECT uid FROM person)
       OR h.id IN (SELECT t.id FROM told t JOIN person p ON p.email_key <> '' AND strpos(t.words, p.email_key) > 0)
    RETURNING h.id
), silent AS (
    UPDATE capture_refusal r SET detail = '' FROM gone WHERE r.hit_id = gone.id
)
SELECT count(*) FROM gone

-- name: rejects
-- Rows of imports that were refused, with her address in them. A scan; the import keeps its counts.
DELETE FROM capture_importreject j
USING (SELECT email_key AS word FROM profile_contact WHERE id = ANY (%(contacts)s) AND email_key <> ''
       UNION SELECT key FROM profile_contactkey WHERE contact_id = ANY (%(contacts)s) AND kind = 'email') AS hers
WHERE strpos(lower(j.cells::text), hers.word) > 0

-- name: answers
-- Answers of the API that are kept for a day, so that a call may be repeated.
DELETE FROM kit_keptanswer k
USING (SELECT email_key AS word FROM profile_contact WHERE id = ANY (%(contacts)s) AND email_key <> ''
       UNION SELECT key FROM profile_contactkey WHERE contact_id = ANY (%(contacts)s) AND kind = 'email'
       UNION SELECT uid::text FROM profile_contact WHERE id = ANY (%(contacts)s)) AS hers
WHERE strpos(lower(k.body), hers.word) > 0

-- name: activities
-- Facts without words: time, kind and object stay. Carried by capture_activity_subject.
UPDATE capture_activity a SET properties = '{}', name = CASE WHEN a.kind IN ('track', 'page') THEN a.name ELSE '' END
FROM profile_identity i WHERE i.contact_id = ANY (%(contacts)s) AND a.subject_id = i.subject_id

-- name: visitors
DELETE FROM capture_visitor v USING profile_identity i
WHERE i.contact_id = ANY (%(contacts)s) AND i.kind = 'visitor' AND v.id = i.subject_id

-- name: mail_clicks
-- Clicks that bursts are found by. Carried by mailclick_message (contact_uid, message).
DELETE FROM capture_mailclick m USING profile_contact c WHERE c.id = ANY (%(contacts)s) AND m.contact_uid = c.uid

-- name: held_submissions
-- Forms that were set aside. Carried by the index on email.
DELETE FROM capture_heldsubmission
WHERE email <> '' AND email IN (
    SELECT email_key FROM profile_contact WHERE id = ANY (%(contacts)s)
    UNION SELECT key FROM profile_contactkey WHERE contact_id = ANY (%(contacts)s) AND kind = 'email')

-- name: uploads
-- What is known of files that came with her forms. Carried by the index on subject_id.
DELETE FROM capture_upload u USING profile_identity i
WHERE i.contact_id = ANY (%(contacts)s) AND u.subject_id = i.subject_id

-- name: import_changes
DELETE FROM capture_importchange WHERE "table" = 'profile_contact' AND record_id = ANY (%(contacts)s)
