-- name: version
-- Whether any definition has changed: each change draws a new version. A table of a few hundred rows at most.
SELECT count(*) AS count, COALESCE(sum(version), 0)::text AS version FROM profile_customfield

-- name: hold
-- Makes writers of unique fields wait for each other, field by field, in one order.
SELECT pg_advisory_xact_lock(32, hashtext(key)) FROM unnest(%(keys)s::text[]) AS key ORDER BY key

-- name: holders
-- Which records have one of some values in a field that is unique. Carried by the field's own index.
SELECT told.place, r.id
FROM unnest(%(places{number})s::int[], %(values{number})s::text[]) AS told (place, value)
JOIN {table} r ON {found} = told.value::{cast}

-- name: filled
-- How many records have a value in a field. One pass over the table.
SELECT count(*) FROM {table} WHERE custom ? %(key)s

-- name: strangers
-- Keys of values that nobody has described, among the latest 5,000 records: a look, not an account.
SELECT own.key, count(*) AS count, array_agg(DISTINCT jsonb_typeof(own.value)) AS types,
       (array_agg(DISTINCT left(own.value #>> '{{}}', 60)))[1:5] AS examples
FROM (SELECT custom FROM {table} WHERE custom <> '{{}}' ORDER BY id DESC LIMIT 5000) AS latest
CROSS JOIN LATERAL jsonb_each(latest.custom) AS own
WHERE own.key <> ALL (%(known)s) AND own.value <> 'null'
GROUP BY own.key ORDER BY count(*) DESC, own.key LIMIT 100

-- name: some
-- The next records that have a value in a field, held. Carried by the primary key, in a pass over the table.
SELECT id, (custom -> %(key)s)::text AS value FROM {table}
WHERE id > %(after)s AND custom ? %(key)s ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE

-- name: take_away
-- Takes a deleted field's values from some records; triggers keep them among the earlier values.
UPDATE {table} SET custom = custom - %(key)s, origins = origins - ('custom.' || %(key)s), updated_at = %(now)s
WHERE id = ANY (%(ids)s)

-- name: fit
-- Writes values in their field's form to some records. Carried by the primary key.
UPDATE {table} r
SET custom = CASE WHEN told.value = 'null' THEN r.custom - %(key)s
                  ELSE jsonb_set(r.custom, ARRAY[%(key)s], told.value::jsonb) END,
    updated_at = %(now)s
FROM unnest(%(ids)s::bigint[], %(values)s::text[]) AS told (id, value)
WHERE r.id = told.id
