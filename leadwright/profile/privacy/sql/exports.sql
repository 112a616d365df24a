-- What is known of one contact, a section each. Each is carried by the index that leads to a contact in its table.

-- name: contact
SELECT c.email, c.external_id, c.first_name, c.last_name, c.title, c.phone, c.country, c.city, c.language, c.time_zone,
       k.name AS company, p.name AS persona, c.buying_stage, u.name AS owner, c.first_channel,
       m.name AS first_campaign, c.first_source, c.last_seen_at, c.created_at, c.updated_at, c.uid::text AS uid,
       c.custom::text AS custom, c.origins::text AS origins
FROM profile_contact c
LEFT JOIN profile_company k ON k.id = c.company_id
LEFT JOIN attract_persona p ON p.id = c.persona_id
LEFT JOIN attract_campaign m ON m.id = c.first_campaign_id
LEFT JOIN workspace_user u ON u.id = c.owner_id
WHERE c.id = %(contact)s

-- name: other_names
SELECT kind, key, since, source FROM profile_contactkey WHERE contact_id = %(contact)s ORDER BY id

-- name: earlier_values
SELECT field, value::text AS value, origin::text AS origin, until
FROM profile_pastvalue WHERE contact_id = %(contact)s ORDER BY id

-- name: consent
SELECT p.name AS purpose, k.state, k.at AS since
FROM profile_consent k JOIN profile_purpose p ON p.key = k.purpose_id
WHERE k.contact_id = %(contact)s ORDER BY p.position, p.name

-- name: consent_ledger
SELECT r.id AS entry, r.at, p.name AS purpose, r.state, r.wording, w.number AS version, r.source, r.page,
       host(r.address) AS address, r.actor AS written_by, r.note, r.proof::text AS proof
FROM profile_consentrecord r JOIN profile_purpose p ON p.key = r.purpose_id
LEFT JOIN profile_wording w ON w.id = r.version_id
WHERE r.contact_id = %(contact)s ORDER BY r.at, r.id

-- name: preferences
SELECT paused_until, every_days, changed_at FROM profile_preference WHERE contact_id = %(contact)s

-- name: suppressions
SELECT s.email_key AS line, s.reason, s.at, s.source, s.note
FROM profile_contact c JOIN profile_suppression s ON s.email_key = ANY (profile_marks(c.email_key))
WHERE c.id = %(contact)s

-- name: holds
SELECT reason, by, since FROM profile_legalhold WHERE contact_id = %(contact)s

-- name: requests
SELECT kind, state, at, confirmed_at, done_at, note, new_email FROM profile_privacyrequest
WHERE contact_id = %(contact)s ORDER BY at

-- name: identities
SELECT subject_id::text AS subject, kind, since, evidence FROM profile_identity WHERE contact_id = %(contact)s ORDER BY since

-- name: browsers
SELECT v.anonymous_id AS name, v.first_seen_at, v.last_seen_at, v.first_channel, v.first_touch::text AS first_touch
FROM profile_identity i JOIN capture_visitor v ON v.id = i.subject_id
WHERE i.contact_id = %(contact)s ORDER BY v.first_seen_at

-- name: cookie_answers
SELECT q.at, q.choice, q.wording, q.page, host(q.address) AS address
FROM profile_identity i JOIN capture_visitor v ON v.id = i.subject_id
JOIN profile_visitorconsent q ON q.anonymous_id = v.anonymous_id AND q.anonymous_id <> ''
WHERE i.contact_id = %(contact)s ORDER BY q.at

-- name: likely_the_same
SELECT d.probability, d.state, o.email AS other_address
FROM profile_duplicate d
JOIN profile_contact o ON o.id = CASE WHEN d.low_id = %(contact)s THEN d.high_id ELSE d.low_id END
WHERE d.kind = 'contact' AND (d.low_id = %(contact)s OR d.high_id = %(contact)s)

-- name: merged
SELECT m.at, m.absorbed::text AS absorbed, m.undone_at FROM profile_merge m
WHERE m.kind = 'contact' AND m.survivor_id = %(contact)s ORDER BY m.at

-- name: activities
-- Carried by capture_activity_subject (subject_id, at). The verdict is what is thought by now of who did it.
SELECT a.at, a.kind, a.name, a.object_kind, a.object_id, a.channel, a.human, a.reasons::text AS reasons,
       a.properties::text AS properties
FROM profile_identity i JOIN capture_judged a ON a.subject_id = i.subject_id
WHERE i.contact_id = %(contact)s ORDER BY a.at

-- name: raw_hits
-- What came in, as it came in, as long as it is kept. Carried by capture_activity_subject and the hits' key.
SELECT h.received_at, h.kind, host(h.address) AS address, h.user_agent, h.payload::text AS payload
FROM profile_identity i JOIN capture_activity a ON a.subject_id = i.subject_id JOIN capture_hit h ON h.id = a.hit_id
WHERE i.contact_id = %(contact)s ORDER BY h.id

-- name: mail_clicks
SELECT m.at, m.url, m.is_canary, host(m.address) AS address, m.user_agent
FROM profile_contact c JOIN capture_mailclick m ON m.contact_uid = c.uid WHERE c.id = %(contact)s ORDER BY m.at

-- name: imports
SELECT m.file_name, g.row_number, m.created_at AS at, g.before::text AS before, g.after::text AS after
FROM capture_importchange g JOIN capture_import m ON m.id = g.imported_id
WHERE g."table" = 'profile_contact' AND g.record_id = %(contact)s ORDER BY g.id

-- name: refused_rows
-- A scan of the refused rows, as nothing else finds words in them.
SELECT m.file_name, j.row_number, j.reason, j.cells::text AS cells
FROM profile_contact c JOIN capture_importreject j ON c.email_key <> '' AND strpos(lower(j.cells::text), c.email_key) > 0
JOIN capture_import m ON m.id = j.imported_id
WHERE c.id = %(contact)s ORDER BY j.id

-- name: looked_at
-- Who had her record before him: the deeds, without the names of our people.
SELECT at, action FROM workspace_auditentry
WHERE object_kind = 'contact' AND object_id = %(contact)s::text ORDER BY id

-- name: uploads
SELECT u.received_at, u.form_code AS form, u.question, u.name AS file, u.size, u.sha256
FROM profile_identity i JOIN capture_upload u ON u.subject_id = i.subject_id
WHERE i.contact_id = %(contact)s ORDER BY u.received_at

-- name: held_submissions
SELECT q.received_at, q.form_code AS form, q.reasons::text AS reasons, q.payload::text AS payload, host(q.address) AS address
FROM profile_contact c JOIN capture_heldsubmission q ON q.email <> '' AND q.email = c.email_key
WHERE c.id = %(contact)s ORDER BY q.id
