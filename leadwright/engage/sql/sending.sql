-- name: claim
-- Takes due messages out of the queue, at most {limit} of them, and skips what another sender holds. Consent and
-- suppression are judged again: whoever withdrew meanwhile is held back, the rest is `sending` before it is handed over.
-- Domains that rest after a refusal wait. Carried by message_queue (due_at, id) where state = 'queued'.
WITH due AS (
    SELECT id FROM engage_message
    WHERE state = 'queued' AND due_at BETWEEN %(since)s AND %(now)s
      AND (%(resting)s::text[] = '{{}}' OR lower(split_part(address, '@', 2)) <> ALL(%(resting)s::text[]))
    ORDER BY due_at, id
    LIMIT {limit}
    FOR UPDATE SKIP LOCKED
), judged AS MATERIALIZED (  -- or the update would judge each message three times
    SELECT m.id,
        CASE
            WHEN coalesce(m.extra->>'to', k.email) = '' THEN 'no_address'
            WHEN EXISTS (SELECT FROM profile_suppression AS s
                         WHERE s.email_key = ANY (profile_marks(coalesce(lower(m.extra->>'to'), k.email_key, lower(k.email))))
                         AND (v.purpose_id IS NOT NULL OR s.reason <> 'unsubscribed')) THEN 'suppressed'
            WHEN v.purpose_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM profile_consent AS g WHERE g.contact_id = k.id AND g.purpose_id = v.purpose_id
                AND g.state = 'granted') THEN 'no_consent'
            WHEN v.purpose_id IS NOT NULL AND w.paused_until > %(now)s THEN 'paused'
            ELSE ''
        END AS reason
    FROM due
    JOIN engage_message AS m ON m.id = due.id
    JOIN profile_contact AS k ON k.id = m.contact_id
    JOIN engage_emailversion AS v ON v.id = m.version_id
    LEFT JOIN profile_preference AS w ON w.contact_id = m.contact_id
)
UPDATE engage_message AS m
SET state = CASE j.reason WHEN '' THEN 'sending' ELSE 'held' END,
    held_reason = j.reason,
    sending_at = %(now)s,
    attempts = m.attempts + CASE j.reason WHEN '' THEN 1 ELSE 0 END
FROM judged AS j
WHERE m.id = j.id
RETURNING m.id, m.state

-- name: load
-- Everything that a letter of the claimed messages says. Carried by the keys of message, contact, company and persona.
SELECT m.id, m.version_id, m.cause, m.extra, m.attempts, k.uid, coalesce(m.extra->>'to', k.email) AS email, k.first_name, k.last_name, k.title, k.phone,
       k.country, k.city, k.language, k.buying_stage, k.persona_id, p.name AS persona, k.custom, c.name AS company,
       c.domain AS company_domain, c.industry AS company_industry, c.size AS company_size,
       c.country AS company_country, c.city AS company_city, u.name AS owner, u.email AS owner_email,
       ARRAY(SELECT n.segment_id FROM qualify_member AS n WHERE n.contact_id = k.id) AS segment_ids
FROM engage_message AS m
JOIN profile_contact AS k ON k.id = m.contact_id
LEFT JOIN profile_company AS c ON c.id = k.company_id
LEFT JOIN attract_persona AS p ON p.id = k.persona_id
LEFT JOIN workspace_user AS u ON u.id = k.owner_id
WHERE m.id = ANY(%(ids)s) AND m.state = 'sending'
ORDER BY m.id

-- name: settle
-- Writes down a set of answers. Only what still is `sending` moves. Carried by the key.
UPDATE engage_message AS m
SET state = a.state, answer = a.answer,
    sent_at = CASE a.state WHEN 'sent' THEN %(now)s ELSE m.sent_at END,
    due_at = CASE a.state WHEN 'queued' THEN a.due_at ELSE m.due_at END,
    attempts = m.attempts - CASE WHEN a.untried THEN 1 ELSE 0 END
FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(answers)s::text[], %(dues)s::timestamptz[], %(untried)s::bool[])
    AS a (id, state, answer, due_at, untried)
WHERE m.id = a.id AND m.state = 'sending'
RETURNING m.id, m.state

-- name: attempts
-- How often each of some messages was tried. Carried by the key.
SELECT id, attempts FROM engage_message WHERE id = ANY(%(ids)s)

-- name: next_due
-- When the next message is due. The first entry of message_queue.
SELECT min(due_at) FROM engage_message WHERE state = 'queued'

-- name: example
-- What `load` answers, for one contact and no message: for previews. Carried by the keys.
SELECT '{}'::jsonb AS extra, k.uid, k.email, k.first_name, k.last_name, k.title, k.phone, k.country, k.city, k.language,
       k.buying_stage, k.persona_id, p.name AS persona, k.custom, c.name AS company, c.domain AS company_domain,
       c.industry AS company_industry, c.size AS company_size, c.country AS company_country, c.city AS company_city,
       u.name AS owner, u.email AS owner_email,
       ARRAY(SELECT n.segment_id FROM qualify_member AS n WHERE n.contact_id = k.id) AS segment_ids
FROM profile_contact AS k
LEFT JOIN profile_company AS c ON c.id = k.company_id
LEFT JOIN attract_persona AS p ON p.id = k.persona_id
LEFT JOIN workspace_user AS u ON u.id = k.owner_id
WHERE k.id = %(contact)s
