-- name: note
-- One row for each submission in a span of the log and each colleague whom its form tells; once, also where it is judged
-- again. A mail to the same colleague about the same form was a moment ago: it waits until a minute is over. Carried by
-- capture_activity_log, the form's code and notice_lately; notice_once makes a repeat do nothing.
INSERT INTO engage_notice (user_id, form_id, activity_id, at, state, due_at, attempts, answer)
SELECT n.user_id, f.id, a.id, a.at, 'waiting',
       greatest(%(due_at)s, (SELECT max(b.sending_at) FROM engage_notice b
                             WHERE b.user_id = n.user_id AND b.form_id = f.id) + %(pause)s::interval), 0, ''
FROM capture_told a
JOIN attract_form f ON f.code = a.object_id
JOIN attract_form_notify n ON n.form_id = f.id
JOIN workspace_user u ON u.id = n.user_id AND u.is_active AND u.email <> ''
WHERE {within} AND {live} AND a.kind = 'form_submitted' AND (a.human IS NULL OR a.human >= 0.5)
ON CONFLICT DO NOTHING

-- name: alone
-- Whether this transaction alone claims notices: two that did so at once could break the pause between two mails.
SELECT pg_try_advisory_xact_lock(%(space)s::int, 1)

-- name: claim
-- Takes all that waits of each pair of colleague and form of which something is due, as one mail, unless their last mail
-- was less than the pause ago. Carried by notice_open and notice_lately.
WITH due AS (
    SELECT d.user_id, d.form_id, gen_random_uuid() AS mail
    FROM (SELECT DISTINCT user_id, form_id FROM engage_notice
          WHERE state IN ('waiting', 'sending') AND state = 'waiting' AND due_at <= %(now)s) AS d
    WHERE NOT EXISTS (SELECT FROM engage_notice b WHERE b.user_id = d.user_id AND b.form_id = d.form_id
                      AND b.sending_at > %(now)s - %(pause)s::interval)
    LIMIT %(limit)s
)
UPDATE engage_notice n
SET state = 'sending', mail = due.mail, sending_at = %(now)s, due_at = %(now)s, attempts = n.attempts + 1
FROM due
WHERE n.user_id = due.user_id AND n.form_id = due.form_id AND n.state = 'waiting'
RETURNING n.mail

-- name: claim_unanswered
-- Takes mails again whose sender died before it wrote down an answer, as the same mails. Carried by notice_open.
UPDATE engage_notice SET sending_at = %(now)s, due_at = %(now)s, attempts = attempts + 1
WHERE state IN ('waiting', 'sending') AND state = 'sending' AND due_at <= %(now)s - %(patience)s::interval
RETURNING mail

-- name: claimed
-- What some claimed mails say: the facts as they are known by now, none for a person who was forgotten meanwhile or a
-- colleague who has left. Carried by notice_open, the log's key and those of identity, contact and lead.
SELECT n.mail, n.form_id, f.name AS form, u.email AS recipient, n.at, (jsonb_exists(a.properties, 'fields') AND u.is_active) IS TRUE AS is_known,
       a.properties::text AS properties, c.id AS contact_id,
       coalesce(nullif(trim(c.first_name || ' ' || c.last_name), ''), c.email) AS contact, k.name AS company,
       (SELECT l.id FROM qualify_lead l WHERE l.contact_id = c.id
        ORDER BY (l.activity_id = a.id) DESC NULLS LAST, l.opened_at DESC, l.id DESC LIMIT 1) AS lead_id
FROM engage_notice n
JOIN attract_form f ON f.id = n.form_id
JOIN workspace_user u ON u.id = n.user_id
LEFT JOIN capture_activity a ON a.id = n.activity_id AND a.at = n.at
LEFT JOIN profile_identity i ON i.subject_id = a.subject_id
LEFT JOIN profile_contact c ON c.id = i.contact_id
LEFT JOIN profile_company k ON k.id = c.company_id
WHERE n.state IN ('waiting', 'sending') AND n.state = 'sending' AND n.mail = ANY (%(mails)s::uuid[])
ORDER BY n.mail, n.at, n.id

-- name: settle
-- Writes down what became of mails. Carried by notice_open: they all are under way.
UPDATE engage_notice n
SET state = s.state, answer = s.answer, due_at = s.due_at
FROM unnest(%(mails)s::uuid[], %(states)s::text[], %(answers)s::text[], %(dues)s::timestamptz[])
    AS s (mail, state, answer, due_at)
WHERE n.mail = s.mail AND n.state IN ('waiting', 'sending') AND n.state = 'sending'

-- name: attempts
-- How often mails were tried. Carried as above.
SELECT mail, max(attempts) AS attempts FROM engage_notice
WHERE state IN ('waiting', 'sending') AND state = 'sending' AND mail = ANY (%(mails)s::uuid[]) GROUP BY mail

-- name: next_due
-- When something is due next. Carried by notice_open.
SELECT min(CASE state WHEN 'waiting' THEN due_at ELSE due_at + %(patience)s::interval END)
FROM engage_notice WHERE state IN ('waiting', 'sending')
