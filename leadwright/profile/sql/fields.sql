-- name: version
-- Whether any definition has changed: each change draws a new version. A table of a few hundred rows at most.
SELECT count(*) AS count, COALESCE(sum(version), 0)::text AS version FROM profile_customfield

-- name: taken
-- Whether another record has a value in a field that is unique. Carried by the field's own index.
SELECT EXISTS (SELECT FROM {table} r WHERE {found} = %(value)s AND r.id IS DISTINCT FROM %(but)s)
