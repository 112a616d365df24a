-- name: safe
-- A moment before which nothing can be written any more: when the oldest transaction that writes has begun, else now.
SELECT least(%(now)s::timestamptz, coalesce(min(xact_start), now())) AS moment FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()

-- name: changed
-- The next records that were changed since the last look, oldest change first. Carried by the index on (updated_at, id).
SELECT id, updated_at FROM /*table*/
WHERE (updated_at, id) > (%(since)s, %(after)s)
ORDER BY updated_at, id LIMIT %(limit)s

-- name: contacts
-- What is compared of contacts. Carried by the primary keys.
SELECT c.id, c.first_name AS given, c.last_name AS surname, c.email, c.phone, coalesce(m.name, '') AS company, c.city
FROM profile_contact c LEFT JOIN profile_company m ON m.id = c.company_id
WHERE c.id = ANY (%(ids)s)

-- name: companies
-- What is compared of companies. Carried by the primary key.
SELECT id, name AS company, coalesce(domain, '') AS site, city FROM profile_company WHERE id = ANY (%(ids)s)

-- name: sample
-- Records to learn from, as many as fit in memory; spread over all by a step through the ids.
SELECT id FROM /*table*/ WHERE id %% greatest(1, (SELECT count(*) FROM /*table*/) / %(limit)s) = 0 ORDER BY id LIMIT %(limit)s

-- name: forget_keys
-- Carried by matchkey_record.
DELETE FROM profile_matchkey WHERE kind = %(kind)s AND record_id = ANY (%(ids)s)

-- name: keep_keys
-- The pieces by which records are found again, hashed. Carried by matchkey_once.
INSERT INTO profile_matchkey (kind, key, record_id)
SELECT %(kind)s, hashtextextended(key, 41), id FROM unnest(%(ids)s::bigint[], %(keys)s::text[]) AS told (id, key)
ON CONFLICT DO NOTHING

-- name: candidates
-- Pairs that have a piece in common: at most %(most)s others a piece, so that a name that everybody has costs no more.
-- What was decided is not asked again. Carried by matchkey_record, then matchkey_once (kind, key, record_id).
SELECT DISTINCT least(mine.record_id, other.record_id) AS low, greatest(mine.record_id, other.record_id) AS high
FROM profile_matchkey mine
CROSS JOIN LATERAL (
    SELECT o.record_id FROM profile_matchkey o
    WHERE o.kind = mine.kind AND o.key = mine.key AND o.record_id <> mine.record_id LIMIT %(most)s
) AS other
WHERE mine.kind = %(kind)s AND mine.record_id = ANY (%(ids)s)
  AND NOT EXISTS (SELECT FROM profile_duplicate d
                  WHERE d.kind = mine.kind AND d.state <> 'open' AND d.low_id = least(mine.record_id, other.record_id)
                    AND d.high_id = greatest(mine.record_id, other.record_id))

-- name: withdraw
-- Proposals that do not hold any more, since one of the two has changed. Carried by duplicate_once and duplicate_high.
DELETE FROM profile_duplicate d
WHERE d.kind = %(kind)s AND d.state = 'open' AND (d.low_id = ANY (%(ids)s) OR d.high_id = ANY (%(ids)s))
  AND NOT EXISTS (SELECT FROM unnest(%(lows)s::bigint[], %(highs)s::bigint[]) AS held (low, high)
                  WHERE held.low = d.low_id AND held.high = d.high_id)

-- name: propose
-- Proposals, each pair once; one that is open gets its new evidence. Carried by duplicate_once.
INSERT INTO profile_duplicate (kind, low_id, high_id, probability, evidence, state, found_at)
SELECT %(kind)s, low, high, probability, evidence, 'open', %(now)s
FROM unnest(%(lows)s::bigint[], %(highs)s::bigint[], %(probabilities)s::float8[], %(evidence)s::jsonb[])
    AS told (low, high, probability, evidence)
ON CONFLICT (kind, low_id, high_id) DO UPDATE SET probability = excluded.probability, evidence = excluded.evidence
WHERE profile_duplicate.state = 'open'

-- name: dismiss
-- The two are not the same; they are not proposed again. Carried by the primary key.
UPDATE profile_duplicate SET state = 'dismissed', decided_at = %(now)s, decided_by_id = %(user)s
WHERE id = %(id)s AND state = 'open'

-- name: ask_again
UPDATE profile_duplicate SET state = 'open', decided_at = NULL, decided_by_id = NULL
WHERE id = %(id)s AND state = 'dismissed'
