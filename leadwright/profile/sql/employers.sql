-- name: fill
-- What is told of firms, with where it came from; what is not told stays. Carried by the primary key.
UPDATE profile_company c
SET name = coalesce(nullif(t.name, ''), c.name), industry = coalesce(nullif(t.industry, ''), c.industry),
    size = coalesce(t.size, c.size), city = coalesce(nullif(t.city, ''), c.city),
    origins = c.origins || t.origins, updated_at = %(now)s
FROM (
    SELECT id, name, industry, size, city, (
        SELECT coalesce(jsonb_object_agg(field, jsonb_build_object('from', %(source)s::text, 'at', %(now)s::timestamptz)), '{}')
        FROM (VALUES ('name', name), ('industry', industry), ('size', size::text), ('city', city)) AS told (field, value)
        WHERE coalesce(value, '') <> ''
    ) AS origins
    FROM unnest(%(ids)s::bigint[], %(names)s::text[], %(industries)s::text[], %(sizes)s::int[], %(cities)s::text[])
        AS told (id, name, industry, size, city)
) AS t
WHERE c.id = t.id
  AND (c.name, c.industry, c.size, c.city) IS DISTINCT FROM
      (coalesce(nullif(t.name, ''), c.name), coalesce(nullif(t.industry, ''), c.industry), coalesce(t.size, c.size),
       coalesce(nullif(t.city, ''), c.city))

-- name: belong
-- Contacts that work for another firm than we knew. Carried by the primary key.
UPDATE profile_contact c
SET company_id = t.company_id, updated_at = %(now)s,
    origins = c.origins || jsonb_build_object('company', jsonb_build_object('from', %(source)s::text, 'at', t.at))
FROM unnest(%(contacts)s::bigint[], %(companies)s::bigint[], %(ats)s::timestamptz[]) AS t (contact_id, company_id, at)
WHERE c.id = t.contact_id AND c.company_id IS DISTINCT FROM t.company_id
