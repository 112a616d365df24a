-- name: take
-- The oldest note of records that no search finds yet, taken off in the transaction that makes them findable.
DELETE FROM profile_wordsdue
WHERE id = (SELECT id FROM profile_wordsdue ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING kind, first_id, last_id

-- name: find_contact
-- The words of up to ten thousand new contacts. Held, so that nobody removes one before its words are committed; what a
-- change has written meanwhile is newer and stays. Carried by the primary key.
INSERT INTO profile_contactwords (contact_id, words)
SELECT c.id, profile_words(c) FROM profile_contact c WHERE c.id BETWEEN %(first)s AND %(last)s FOR KEY SHARE
ON CONFLICT (contact_id) DO NOTHING

-- name: find_company
-- As for contacts. Carried by the primary key.
INSERT INTO profile_companywords (company_id, words)
SELECT c.id, profile_words(c) FROM profile_company c WHERE c.id BETWEEN %(first)s AND %(last)s FOR KEY SHARE
ON CONFLICT (company_id) DO NOTHING

-- name: take_in
-- Lets an index take in what it has collected, so that no search reads through it and no writer waits for it.
SELECT gin_clean_pending_list(%(index)s::regclass)
