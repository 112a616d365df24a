-- name: make
-- Companies by domain, made where absent. Carried by the unique domain, of companies and of their other domains.
INSERT INTO profile_company (name, domain, industry, country, city, custom, created_at, updated_at)
SELECT name, domain, '', '', '', '{}', %(now)s, %(now)s
FROM unnest(%(domains)s::text[], %(names)s::text[]) AS told (domain, name)
WHERE NOT EXISTS (SELECT FROM profile_companydomain d WHERE d.domain = told.domain)
ORDER BY domain
ON CONFLICT (domain) DO NOTHING

-- name: by_domain
SELECT company_id AS id, domain FROM profile_companydomain WHERE domain = ANY (%(domains)s)
UNION ALL SELECT id, domain FROM profile_company WHERE domain = ANY (%(domains)s)

-- name: lock_names
-- Names have no unique index (two firms may share one): whoever makes a firm by name holds the name until he is done.
SELECT pg_advisory_xact_lock(31, hashtext(key)) FROM unnest(%(keys)s::text[]) AS key ORDER BY key

-- name: make_named
-- Companies by name, made where none is written the same. Carried by profile_company_named.
INSERT INTO profile_company (name, industry, country, city, custom, created_at, updated_at)
SELECT told.name, '', '', '', '{}', %(now)s, %(now)s
FROM unnest(%(keys)s::text[], %(names)s::text[]) AS told (key, name)
WHERE NOT EXISTS (SELECT FROM profile_company c WHERE lower(c.name) = told.key)

-- name: by_name
-- The oldest company of each name. Carried by profile_company_named.
SELECT lower(name) AS key, min(id) AS id FROM profile_company WHERE lower(name) = ANY (%(keys)s) GROUP BY lower(name)

-- name: other_with
-- Another company that has a domain. Carried by the two unique indexes on domain.
SELECT c.id, c.name FROM profile_company c
WHERE c.id <> %(company)s AND (c.domain = %(domain)s OR c.id = (
    SELECT company_id FROM profile_companydomain WHERE domain = %(domain)s))

-- name: domain_goes
-- The old domain stays as another one, and the new one is no other one any more. Carried by the unique domain.
WITH same AS (
    DELETE FROM profile_companydomain WHERE company_id = %(company)s AND domain = %(after)s
)
INSERT INTO profile_companydomain (company_id, domain, since, source)
SELECT %(company)s, %(before)s, %(now)s, 'its domain before' WHERE %(before)s::text IS NOT NULL
ON CONFLICT (domain) DO NOTHING

-- name: take_in
-- People without a company who write from a domain or one below it. A scan of the contacts without one: rare.
UPDATE profile_contact SET company_id = %(company)s, updated_at = %(now)s
WHERE company_id IS NULL AND email_key IS NOT NULL
  AND ('.' || split_part(email_key, '@', 2)) LIKE '%%.' || %(domain)s
