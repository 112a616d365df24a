-- name: patience
-- A look at what would go may take some seconds, and then says that there is too much to count.
SET LOCAL statement_timeout = '8s'

-- name: count_refusals
SELECT count(*) AS rows FROM capture_refusal WHERE received_at < %(before)s

-- name: remove_refusals
-- Refusals follow the hits' order, so the oldest come first by their key.
DELETE FROM capture_refusal WHERE id IN (
    SELECT id FROM capture_refusal WHERE received_at < %(before)s ORDER BY id LIMIT %(limit)s
)

-- name: count_visitor_activities
-- Carried by the months before the moment alone, hashed against the identities.
SELECT count(*) AS rows, count(DISTINCT a.subject_id) AS people, coalesce(sum(pg_column_size(a.*)), 0) AS size_bytes
FROM capture_activity a
WHERE a.at < %(before)s AND NOT EXISTS (SELECT FROM profile_identity i WHERE i.subject_id = a.subject_id)

-- name: remove_visitor_activities
-- Some of the oldest acts of subjects that are nobody's. Reads only months before the moment.
DELETE FROM capture_activity g USING (
    SELECT a.id, a.at FROM capture_activity a
    WHERE a.at < %(before)s AND NOT EXISTS (SELECT FROM profile_identity i WHERE i.subject_id = a.subject_id)
    LIMIT %(limit)s
) AS old
WHERE g.id = old.id AND g.at = old.at

-- name: count_contact_activities
-- Consent, and what is proof of one, stays; so does everything of a contact under a legal hold.
SELECT count(*) AS rows, count(DISTINCT i.contact_id) AS people, coalesce(sum(pg_column_size(a.*)), 0) AS size_bytes
FROM capture_activity a JOIN profile_identity i ON i.subject_id = a.subject_id
WHERE a.at < %(before)s AND NOT starts_with(a.kind, 'consent_')
  AND NOT EXISTS (SELECT FROM profile_legalhold h WHERE h.contact_id = i.contact_id)
  AND NOT EXISTS (SELECT FROM profile_consentrecord r
                  WHERE r.contact_id = i.contact_id AND r.proof->>'activity' = a.id::text)

-- name: remove_contact_activities
-- The same, some of the oldest. The ledger is looked at by its index (contact, …).
DELETE FROM capture_activity g USING (
    SELECT a.id, a.at FROM capture_activity a JOIN profile_identity i ON i.subject_id = a.subject_id
    WHERE a.at < %(before)s AND NOT starts_with(a.kind, 'consent_')
      AND NOT EXISTS (SELECT FROM profile_legalhold h WHERE h.contact_id = i.contact_id)
      AND NOT EXISTS (SELECT FROM profile_consentrecord r
                      WHERE r.contact_id = i.contact_id AND r.proof->>'activity' = a.id::text)
    LIMIT %(limit)s
) AS old
WHERE g.id = old.id AND g.at = old.at

-- name: months
-- Months of the log that end before a moment, by the catalogue; their names say which they are.
SELECT c.relname AS name
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'capture_activity'::regclass AND c.relname ~ '^capture_activity_[0-9]+_[0-9]+$'
  AND (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' <= %(before)s
ORDER BY c.relname

-- name: month_keeps
-- Whether something in a month must stay: consent, its proof, or what is under a legal hold. Reads that month.
SELECT EXISTS (
    SELECT FROM "{month}" a LEFT JOIN profile_identity i ON i.subject_id = a.subject_id
    WHERE (i.contact_id IS NOT NULL AND starts_with(a.kind, 'consent_'))
       OR EXISTS (SELECT FROM profile_legalhold h WHERE h.contact_id = i.contact_id)
       OR EXISTS (SELECT FROM profile_consentrecord r
                  WHERE r.contact_id = i.contact_id AND r.proof->>'activity' = a.id::text)
)

-- name: idle
-- People of whom nothing is heard: made and changed before the moment, no act of their own since, no consent that holds
-- or waits, no hold. What we did counts for nothing, nor does that an act was judged again: the act itself does.
SELECT c.id FROM profile_contact c
WHERE c.created_at < %(before)s AND c.updated_at < %(before)s AND coalesce(c.last_seen_at, c.created_at) < %(before)s
  AND NOT EXISTS (SELECT FROM profile_consent k WHERE k.contact_id = c.id
                  AND (k.state IN ('granted', 'pending') OR k.at >= %(before)s))
  AND NOT EXISTS (SELECT FROM profile_legalhold h WHERE h.contact_id = c.id)
  AND NOT EXISTS (SELECT FROM profile_identity i JOIN capture_activity a ON a.subject_id = i.subject_id
                  WHERE i.contact_id = c.id AND a.at >= %(before)s
                    AND a.kind NOT IN ('email_sent', 'email_held', 'email_bounced', 'segment_entered', 'segment_left',
                                       'score_crossed', 'journey_entered', 'journey_ended', 'judged_again'))
ORDER BY c.id LIMIT %(limit)s

-- name: count_import_rejects
SELECT count(*) AS rows, coalesce(sum(pg_column_size(j.*)), 0) AS size_bytes
FROM capture_importreject j JOIN capture_import m ON m.id = j.imported_id WHERE m.created_at < %(before)s

-- name: remove_import_rejects
DELETE FROM capture_importreject WHERE id IN (
    SELECT j.id FROM capture_importreject j JOIN capture_import m ON m.id = j.imported_id
    WHERE m.created_at < %(before)s LIMIT %(limit)s
)

-- name: count_audit
-- Carried by the index on at.
SELECT count(*) AS rows FROM workspace_auditentry WHERE at < %(before)s

-- name: remove_audit
DELETE FROM workspace_auditentry WHERE id IN (
    SELECT id FROM workspace_auditentry WHERE at < %(before)s ORDER BY at LIMIT %(limit)s
)

-- name: count_held_submissions
SELECT count(*) AS rows, coalesce(sum(pg_column_size(q.*)), 0) AS size_bytes
FROM capture_heldsubmission q WHERE received_at < %(before)s

-- name: remove_held_submissions
-- Carried by capture_held_newest.
DELETE FROM capture_heldsubmission WHERE id IN (
    SELECT id FROM capture_heldsubmission WHERE received_at < %(before)s ORDER BY received_at LIMIT %(limit)s
)
