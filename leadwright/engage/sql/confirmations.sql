-- name: wanted
-- Consents that were asked for in a span of the log and still wait for their confirmation, with the latest entry of the
-- ledger. Carried by capture_activity_log, identity's key, consent_once and the ledger's (contact, purpose, at).
SELECT DISTINCT ON (r.id) i.contact_id, r.id AS record_id, p.key AS purpose, p.name AS purpose_name
FROM capture_activity AS a
JOIN profile_identity AS i ON i.subject_id = a.subject_id
JOIN profile_purpose AS p ON p.key = a.name
JOIN profile_consent AS c ON c.contact_id = i.contact_id AND c.purpose_id = p.key AND c.state = 'pending'
CROSS JOIN LATERAL (
    SELECT id, state FROM profile_consentrecord
    WHERE contact_id = i.contact_id AND purpose_id = p.key AND state <> 'undone' ORDER BY at DESC, id DESC LIMIT 1
) AS r
WHERE a.kind = 'consent_pending' AND r.state = 'pending' AND {live} AND {within}
