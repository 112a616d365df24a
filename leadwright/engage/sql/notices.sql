-- name: note
-- One row for each submission in a span of the log and each colleague, or address that is nobody's account, whom its form
-- tells; once, also where it is judged again. A colleague who stands among the addresses, too, hears once; an address that
-- must not be used, or is that of somebody who has left, does not hear. A mail to the same recipient about the same form
-- was a moment ago: it waits until a minute is over. Carried by capture_activity_log, the form's code, the unique address
-- of a suppression and notice_last; notice_once_each makes a repeat do nothing.
INSERT INTO engage_notice (user_id, address, form_id, activity_id, at, state, due_at, attempts, answer)
SELECT n.user_id, n.address, f.id, a.id, a.at, 'waiting',
       greatest(%(due_at)s, (SELECT max(b.sending_at) FROM engage_notice b
                             WHERE coalesce(b.user_id, 0) = coalesce(n.user_id, 0) AND b.address = n.address
                               AND b.form_id = f.id) + %(pause)s::interval), 0, ''
FROM capture_told a
JOIN attract_form f ON f.code = a.object_id
CROSS JOIN LATERAL (
    SELECT u.id AS user_id, '' AS address
    FROM attract_form_notify k JOIN workspace_user u ON u.id = k.user_id AND u.is_active AND u.email <> ''
    WHERE k.form_id = f.id
    UNION ALL
    SELECT NULL, told.address
    FROM string_to_table(f.notify_addresses, E'\n') AS told (address)
    WHERE told.address <> ''
      AND NOT EXISTS (SELECT FROM workspace_user u WHERE lower(u.email) = told.address AND (NOT u.is_active OR EXISTS (
              SELECT FROM attract_form_notify k WHERE k.form_id = f.id AND k.user_id = u.id)))
      AND NOT EXISTS (SELECT FROM profile_suppression s WHERE s.email_key = ANY (profile_marks(told.address)))
) AS n
WHERE {within} AND {live} AND a.kind = 'form_submitted' AND (a.human IS NULL OR a.human >= 0.5)
ON CONFLICT DO NOTHING

-- name: alone
-- Whether this transaction alone claims notices: two that did so at once could break the pause between two mails.
SELECT pg_try_advisory_xact_lock(%(space)s::int, 1)

-- name: claim
-- Takes all that waits of each pair of recipient and form of which something is due, as one mail, unless their last mail
-- was less than the pause ago. Carried by notice_open and notice_last.
WITH due AS (
    SELECT d.user_key, d.address, d.form_id, gen_random_uuid() AS mail
    FROM (SELECT DISTINCT coalesce(user_id, 0) AS user_key, address, form_id FROM engage_notice
          WHERE state IN ('waiting', 'sending') AND state = 'waiting' AND due_at <= %(now)s) AS d
    WHERE NOT EXISTS (SELECT FROM engage_notice b
                      WHERE coalesce(b.user_id, 0) = d.user_key AND b.address = d.address AND b.form_id = d.form_id
                        AND b.sending_at > %(now)s - %(pause)s::interval)
    LIMIT %(limit)s
)
UPDATE engage_notice n
SET state = 'sending', mail = due.mail, sending_at = %(now)s, due_at = %(now)s, attempts = n.attempts + 1
FROM due
WHERE coalesce(n.user_id, 0) = due.user_key AND n.address = due.address AND n.form_id = due.form_id
  AND n.state IN ('waiting', 'sending') AND n.state = 'waiting'
RETURNING n.mail

-- name: claim_unanswered
-- Takes mails again whose sender died before it wrote down an answer, as the same mails. Carried by notice_open.
UPDATE engage_notice SET sending_at = %(now)s, due_at = %(now)s, attempts = attempts + 1
WHERE state IN ('waiting', 'sending') AND state = 'sending' AND due_at <= %(now)s - %(patience)s::interval
RETURNING mail

-- name: claimed
-- What some claimed mails say: the facts as they are known by now, none for a person who was forgotten meanwhile; and what
-- speaks against telling their recipient, who may have left or have been taken off the form since. Carried by notice_open,
-- the log's key and those of identity, contact and lead.
SELECT n.mail, n.form_id, f.name AS form, coalesce(u.email, n.address) AS recipient, n.at,
       jsonb_exists(a.properties, 'fields') IS TRUE AS is_known,
       CASE WHEN u.id IS NOT NULL THEN CASE WHEN u.is_active THEN '' ELSE 'left' END
            WHEN n.address <> ALL (string_to_array(f.notify_addresses, E'\n')) THEN 'taken_off'
            WHEN EXISTS (SELECT FROM workspace_user o WHERE lower(o.email) = n.address AND NOT o.is_active) THEN 'left'
            WHEN EXISTS (SELECT FROM profile_suppression s WHERE s.email_key = ANY (profile_marks(n.address)))
            THEN 'suppressed' ELSE '' END AS hindrance,
       a.properties::text AS properties, c.id AS contact_id,
       coalesce(nullif(trim(c.first_name || ' ' || c.last_name), ''), c.email) AS contact, k.name AS company,
       (SELECT l.id FROM qualify_lead l WHERE l.contact_id = c.id
        ORDER BY (l.activity_id = a.id) DESC NULLS LAST, l.opened_at DESC, l.id DESC LIMIT 1) AS lead_id
FROM engage_notice n
JOIN attract_form f ON f.id = n.form_id
LEFT JOIN workspace_user u ON u.id = n.user_id
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

-- name: told
-- Whom a form tells, each with what speaks against it now, the last mail and what waits. Carried by the keys of its list
-- and by notice_last.
WITH listed AS (
    SELECT u.id AS user_id, '' AS address, u.email AS recipient, u.name,
           CASE WHEN u.is_active THEN '' ELSE 'left' END AS hindrance, '' AS reason
    FROM attract_form_notify k JOIN workspace_user u ON u.id = k.user_id WHERE k.form_id = %(form)s
    UNION ALL
    SELECT NULL, told.address, told.address, coalesce(o.name, ''),
           CASE WHEN NOT o.is_active THEN 'left' WHEN k.id IS NOT NULL THEN 'ticked' WHEN s.reason IS NOT NULL THEN 'suppressed'
                ELSE '' END, coalesce(s.reason, '')
    FROM attract_form f
    CROSS JOIN LATERAL string_to_table(f.notify_addresses, E'\n') AS told (address)
    LEFT JOIN workspace_user o ON lower(o.email) = told.address
    LEFT JOIN attract_form_notify k ON k.user_id = o.id AND k.form_id = f.id
    LEFT JOIN LATERAL (SELECT s.reason FROM profile_suppression s WHERE s.email_key = ANY (profile_marks(told.address))
                       ORDER BY s.reason = 'unsubscribed' LIMIT 1) AS s ON true
    WHERE f.id = %(form)s AND told.address <> ''
)
SELECT l.user_id, l.recipient, l.name, l.hindrance, l.reason, last.state, last.sending_at, last.answer,
       (SELECT count(*) FROM engage_notice w WHERE w.state IN ('waiting', 'sending') AND w.form_id = %(form)s
        AND coalesce(w.user_id, 0) = coalesce(l.user_id, 0) AND w.address = l.address) AS waiting
FROM listed l
LEFT JOIN LATERAL (
    SELECT n.state, n.sending_at, n.answer FROM engage_notice n
    WHERE coalesce(n.user_id, 0) = coalesce(l.user_id, 0) AND n.address = l.address AND n.form_id = %(form)s
      AND n.sending_at IS NOT NULL
    ORDER BY n.sending_at DESC LIMIT 1
) AS last ON true
ORDER BY l.user_id IS NULL, lower(l.name), l.recipient

-- name: erase
-- What was told, or was to be told, to the addresses of some people who are to be forgotten. A scan: addresses are few.
DELETE FROM engage_notice n
USING (SELECT lower(email) AS word FROM profile_contact WHERE id = ANY(%(contacts)s) AND email <> ''
       UNION SELECT key FROM profile_contactkey WHERE contact_id = ANY(%(contacts)s) AND kind = 'email') AS hers
WHERE n.user_id IS NULL AND n.address = hers.word

-- name: export
-- What was told to the addresses of one person. A scan, as above.
SELECT n.address, f.name AS form, n.at, n.state, n.sending_at
FROM engage_notice n
JOIN attract_form f ON f.id = n.form_id
WHERE n.user_id IS NULL AND n.address IN (
    SELECT lower(email) FROM profile_contact WHERE id = %(contact)s AND email <> ''
    UNION SELECT key FROM profile_contactkey WHERE contact_id = %(contact)s AND kind = 'email')
ORDER BY n.at
