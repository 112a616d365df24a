-- name: is_whole
-- Whether an index is there and was made to its end.
SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname = %(name)s

-- name: make
-- An index over a custom field's values and the id, so that lists can page by it. Two passes over the table; writers go
-- on meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} {over}

-- name: drop
DROP INDEX CONCURRENTLY IF EXISTS {name}
