-- name: known
-- Versions by their text, held until what refers to them is written. Carried by wording_once (purpose_id, digest).
SELECT w.id, w.purpose_id, w.digest
FROM unnest(%(purposes)s::text[], %(digests)s::text[]) AS asked (purpose, digest)
JOIN profile_wording w ON w.purpose_id = asked.purpose AND w.digest = asked.digest
ORDER BY w.id FOR KEY SHARE OF w

-- name: hold
-- New wordings of a purpose are numbered one after the other.
SELECT key FROM profile_purpose WHERE key = ANY (%(purposes)s) ORDER BY key FOR NO KEY UPDATE

-- name: add
-- Texts that nobody has used before, numbered on from each purpose's last. Carried by wording_numbered and wording_once.
INSERT INTO profile_wording (purpose_id, number, text, digest, since)
SELECT purpose,
       coalesce((SELECT max(number) FROM profile_wording w WHERE w.purpose_id = purpose), 0)
       + row_number() OVER (PARTITION BY purpose ORDER BY digest),
       text, digest, %(now)s
FROM unnest(%(purposes)s::text[], %(digests)s::text[], %(texts)s::text[]) AS new (purpose, digest, text)
ON CONFLICT (purpose_id, digest) DO NOTHING
