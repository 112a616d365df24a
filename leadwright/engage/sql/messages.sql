-- name: take_turns
-- Before `queue`, so that its snapshot sees what others have queued for the same contacts: two sets that share a contact
-- wait for each other until the end of their transactions. One of 64 locks for each contact, taken in order, so that
-- two sets never wait in a circle; not rows, whose locks cost a write each and meet those of other writers.
SELECT pg_advisory_xact_lock(%(space)s::int, turn)
FROM (SELECT DISTINCT (c %% 64)::int AS turn FROM unnest(%(contacts)s::bigint[]) AS c ORDER BY turn) AS turns

-- name: queue
-- The only INSERT into engage_message. Each candidate becomes a row, queued or held back with its reason; the unique
-- key (contact, version, cause) makes a repeat do nothing. Reasons in order of weight:
--   no_address    there is nowhere to send it
--   suppressed    the address must not be used, by itself, its fingerprint or its domain; "unsubscribed from everything"
--                 does not stop service mail
--   no_consent    she has not granted the email's purpose (service mail has none)
--   paused        she asked for a pause that lasts beyond the day it is due
--   duplicate     she was queued or sent the same email within a day, or stands twice in this very set
--   frequency_cap she would get more than the allowed mails in so many days
--   own_cap       she would get more than she herself wants
-- Carried by the keys of contact, consent, preference and suppression, and by message_once (contact, …).
-- Measured at 20,000 contacts against 40,000 suppressions: 23 µs of the database's CPU a message, 4 of them for looking
-- up fingerprints and domains beside the address.
WITH candidate AS (
    SELECT DISTINCT ON (contact_id, cause) contact_id, cause, extra
    FROM unnest(%(contacts)s::bigint[], %(causes)s::text[], %(extras)s::jsonb[]) AS c (contact_id, cause, extra)
), fresh AS MATERIALIZED (
    SELECT c.contact_id, c.cause, c.extra, coalesce(c.extra->>'to', k.email) AS email,
           coalesce(lower(c.extra->>'to'), k.email_key, lower(k.email)) AS email_key,
           row_number() OVER (PARTITION BY c.contact_id ORDER BY c.cause) AS nth
    FROM candidate AS c
    JOIN profile_contact AS k ON k.id = c.contact_id
    WHERE NOT EXISTS (SELECT FROM engage_message AS m
                      WHERE m.contact_id = c.contact_id AND m.version_id = %(version)s AND m.cause = c.cause)
), lately AS MATERIALIZED (
    -- What each of them was queued or sent around that time; once for the set instead of once a row.
    SELECT m.contact_id,
           bool_or(v.email_id = %(email)s AND m.due_at > %(due_at)s - interval '1 day'
                   AND m.due_at < %(due_at)s + interval '1 day') AS has_same,
           count(*) FILTER (WHERE v.purpose_id IS NOT NULL
                            AND m.due_at > %(due_at)s - make_interval(days => %(cap_days)s)
                            AND m.due_at <= %(due_at)s + make_interval(days => %(cap_days)s)) AS mails
    FROM engage_message AS m
    JOIN engage_emailversion AS v ON v.id = m.version_id
    WHERE %(purpose)s::text IS NOT NULL
      AND m.contact_id IN (SELECT contact_id FROM fresh)
      AND m.state NOT IN ('held', 'failed')
      AND m.due_at > %(due_at)s - make_interval(days => greatest(%(cap_days)s, 1))
      AND m.due_at <= %(due_at)s + make_interval(days => greatest(%(cap_days)s, 1))
    GROUP BY m.contact_id
), judged AS MATERIALIZED (
    SELECT f.contact_id, f.cause, f.extra, f.email,
        CASE
            WHEN f.email = '' THEN 'no_address'
            WHEN EXISTS (SELECT FROM profile_suppression AS s WHERE s.email_key = ANY (profile_marks(f.email_key))
                         AND (%(purpose)s::text IS NOT NULL OR s.reason <> 'unsubscribed')) THEN 'suppressed'
            WHEN %(purpose)s::text IS NULL THEN ''
            WHEN g.contact_id IS NULL THEN 'no_consent'
            WHEN w.paused_until > %(due_at)s THEN 'paused'
            WHEN f.nth > 1 OR l.has_same THEN 'duplicate'
            WHEN %(cap_mails)s > 0 AND %(cap_mails)s <= coalesce(l.mails, 0) THEN 'frequency_cap'
            WHEN w.every_days IS NOT NULL AND EXISTS (
                SELECT FROM engage_message AS m JOIN engage_emailversion AS v ON v.id = m.version_id
                WHERE m.contact_id = f.contact_id AND v.purpose_id IS NOT NULL AND m.state NOT IN ('held', 'failed')
                  AND m.due_at > %(due_at)s - make_interval(days => w.every_days)
                  AND m.due_at < %(due_at)s + make_interval(days => w.every_days)
            ) THEN 'own_cap'
            ELSE ''
        END AS reason
    FROM fresh AS f
    LEFT JOIN profile_consent AS g
           ON g.contact_id = f.contact_id AND g.purpose_id = %(purpose)s AND g.state = 'granted'
    LEFT JOIN profile_preference AS w ON w.contact_id = f.contact_id
    LEFT JOIN lately AS l ON l.contact_id = f.contact_id
), made AS (
    INSERT INTO engage_message
        (contact_id, version_id, cause, campaign_id, address, state, held_reason, queued_at, due_at, attempts, answer,
         extra)
    SELECT contact_id, %(version)s, cause, %(campaign)s, email, CASE reason WHEN '' THEN 'queued' ELSE 'held' END,
           reason, %(now)s, %(due_at)s, 0, '', extra
    FROM judged
    ON CONFLICT (contact_id, version_id, cause) DO NOTHING
    RETURNING held_reason
)
SELECT held_reason, count(*) AS count FROM made GROUP BY held_reason

-- name: hold_ups
-- What `queue` would say of every member of a segment at this moment, without queueing: the reasons and their counts.
-- Carried by the same keys; walks the segment once.
SELECT reason, count(*) AS count
FROM (
    SELECT CASE
        WHEN k.email = '' THEN 'no_address'
        WHEN EXISTS (SELECT FROM profile_suppression AS s
                     WHERE s.email_key = ANY (profile_marks(coalesce(k.email_key, lower(k.email))))
                     AND (%(purpose)s::text IS NOT NULL OR s.reason <> 'unsubscribed')) THEN 'suppressed'
        WHEN %(purpose)s::text IS NULL THEN ''
        WHEN NOT EXISTS (SELECT FROM profile_consent AS g WHERE g.contact_id = k.id
                         AND g.purpose_id = %(purpose)s AND g.state = 'granted') THEN 'no_consent'
        WHEN w.paused_until > %(due_at)s THEN 'paused'
        WHEN EXISTS (
            SELECT FROM engage_message AS m JOIN engage_emailversion AS v ON v.id = m.version_id
            WHERE m.contact_id = k.id AND v.email_id = %(email)s AND m.state NOT IN ('held', 'failed')
              AND m.due_at > %(due_at)s - interval '1 day' AND m.due_at < %(due_at)s + interval '1 day'
        ) THEN 'duplicate'
        WHEN %(cap_mails)s > 0 AND %(cap_mails)s <= (
            SELECT count(*) FROM engage_message AS m JOIN engage_emailversion AS v ON v.id = m.version_id
            WHERE m.contact_id = k.id AND v.purpose_id IS NOT NULL AND m.state NOT IN ('held', 'failed')
              AND m.due_at > %(due_at)s - make_interval(days => %(cap_days)s)
              AND m.due_at <= %(due_at)s + make_interval(days => %(cap_days)s)
        ) THEN 'frequency_cap'
        WHEN w.every_days IS NOT NULL AND EXISTS (
            SELECT FROM engage_message AS m JOIN engage_emailversion AS v ON v.id = m.version_id
            WHERE m.contact_id = k.id AND v.purpose_id IS NOT NULL AND m.state NOT IN ('held', 'failed')
              AND m.due_at > %(due_at)s - make_interval(days => w.every_days)
              AND m.due_at < %(due_at)s + make_interval(days => w.every_days)
        ) THEN 'own_cap'
        ELSE ''
    END AS reason
    FROM qualify_member AS n JOIN profile_contact AS k ON k.id = n.contact_id
    LEFT JOIN profile_preference AS w ON w.contact_id = k.id
    WHERE n.segment_id = %(segment)s
) AS judged
GROUP BY reason

-- name: notify
-- Wakes every sender that listens, at commit.
SELECT pg_notify('leadwright_messages', '')

-- name: decide
-- Messages without an answer go back into the queue, or are written down as sent or failed, as somebody decided.
UPDATE engage_message
SET state = %(state)s, due_at = CASE %(state)s WHEN 'queued' THEN %(now)s ELSE due_at END, answer = %(answer)s,
    sent_at = CASE %(state)s WHEN 'sent' THEN sending_at ELSE sent_at END
WHERE id = ANY(%(ids)s) AND state = 'sending' AND sending_at <= %(before)s

-- name: sent_facts
-- What `record_from` records about messages that a relay took, with a name for each version. Carried by the keys of
-- message and contact. The messages are fetched first: joined with the few versions, the planner would read all messages
-- of each version for every batch.
SELECT m.sent_at, k.uid, 'email_sent', s.name, 'message', m.id::text, 'Email', m.campaign_id,
       jsonb_build_object('email', s.email_id, 'version', m.version_id, 'cause', m.cause)
FROM (SELECT * FROM engage_message WHERE id = ANY(%(ids)s) OFFSET 0) AS m
JOIN profile_contact AS k ON k.id = m.contact_id
JOIN unnest(%(versions)s::bigint[], %(emails)s::bigint[], %(names)s::text[]) AS s (version_id, email_id, name)
    ON s.version_id = m.version_id

-- name: versions
-- Which versions some messages are of. Carried by the key, as above.
SELECT v.id, v.email_id, v.subject
FROM engage_emailversion AS v
WHERE v.id IN (SELECT version_id FROM (SELECT version_id FROM engage_message WHERE id = ANY(%(ids)s) OFFSET 0) AS m)

-- name: erase
-- All messages to a set of contacts. Carried by message_once (contact, …).
DELETE FROM engage_message WHERE contact_id = ANY(%(contacts)s)

-- name: erase_mailbox
-- Mails in the built-in mailbox to any of these people's addresses, former ones too, and mails to colleagues that name
-- one (soft line ends of quoted-printable taken out). A scan, as nothing else finds words; this mailbox is for trials.
WITH hers AS (
    SELECT lower(email) AS word FROM profile_contact WHERE id = ANY(%(contacts)s) AND email <> ''
    UNION SELECT key FROM profile_contactkey WHERE contact_id = ANY(%(contacts)s) AND kind = 'email'
)
DELETE FROM engage_mailboxmessage m
WHERE m.rcpt_to ?| (SELECT coalesce(array_agg(word), '{}') FROM hers)
   OR EXISTS (SELECT FROM hers
              WHERE strpos(lower(replace(encode(m.raw, 'escape'), E'=\r\n', '')), hers.word) > 0)

-- name: in_mailbox
-- What the built-in mailbox keeps of mails to a contact. Carried by mailbox_recipient.
SELECT received_at, subject FROM engage_mailboxmessage
WHERE rcpt_to ? (SELECT lower(email) FROM profile_contact WHERE id = %(contact)s AND email <> '') ORDER BY received_at

-- name: count_words
-- Mails that are over and still say something of a person, but for people under a legal hold. Reads all messages.
SELECT count(*) AS rows, count(DISTINCT m.contact_id) AS people,
       coalesce(sum(pg_column_size(m.extra) + length(m.answer)), 0) AS size_bytes
FROM engage_message AS m
WHERE m.due_at < %(before)s AND m.state NOT IN ('queued', 'sending') AND (m.extra <> '{}' OR m.answer <> '')
  AND NOT EXISTS (SELECT FROM profile_legalhold AS h WHERE h.contact_id = m.contact_id)

-- name: forget_words
-- Some of them lose their words; the row stays, for it is what keeps the same mail from being made twice.
UPDATE engage_message SET extra = '{}', answer = '' WHERE id IN (
    SELECT m.id FROM engage_message AS m
    WHERE m.due_at < %(before)s AND m.state NOT IN ('queued', 'sending') AND (m.extra <> '{}' OR m.answer <> '')
      AND NOT EXISTS (SELECT FROM profile_legalhold AS h WHERE h.contact_id = m.contact_id)
    LIMIT %(limit)s
)
