-- name: hold
-- An import is worked on by one process at a time; the place is given up with the connection.
SELECT pg_try_advisory_lock(37, %(id)s)

-- name: let_go
SELECT pg_advisory_unlock(37, %(id)s)

-- name: clear
-- Removes the temporary tables of the chunk before, where it was part of the same transaction.
DROP TABLE IF EXISTS pg_temp.import_row, pg_temp.import_match, pg_temp.import_company, pg_temp.import_person,
    pg_temp.import_judged, pg_temp.import_made, pg_temp.import_origin, pg_temp.import_consent

-- name: tally
-- How many rows of a chunk got which verdict. A temporary table of one chunk.
SELECT verdict, count(*) AS found FROM import_judged GROUP BY verdict

-- name: said
-- The rows of a chunk about which there is something to say.
SELECT row_number, verdict, reason, warning FROM import_judged WHERE reason IS NOT NULL OR warning IS NOT NULL

-- name: examples
-- The first rows of a chunk with a verdict, with what they change; for previews.
SELECT row_number, name, before, after FROM import_judged
WHERE verdict = %(verdict)s ORDER BY row_number LIMIT %(limit)s

-- name: fields
-- How many rows of a chunk give a record another value, by field; for previews. A temporary table of one chunk.
SELECT field, count(*) AS found
FROM import_judged, LATERAL (
    SELECT key AS field FROM jsonb_each(after) WHERE key NOT IN ('custom', 'company_id', 'email_key')
    UNION ALL
    SELECT 'custom.' || key FROM jsonb_each(CASE WHEN jsonb_typeof(after->'custom') = 'object'
                                                 THEN after->'custom' ELSE '{}' END)
) AS changed
WHERE verdict = 'update'
GROUP BY field

-- name: keys
-- The columns of a table's indexes that are no texts: what the plans of an import hang on, and cheap to look through.
SELECT string_agg(DISTINCT quote_ident(a.attname), ', ')
FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
JOIN pg_type t ON t.oid = a.atttypid
WHERE i.indrelid = %(table)s::regclass AND t.typcategory <> 'S'

-- name: renew
-- Brings the planner's statistics of a table up to date. Reads a sample, however many there are.
ANALYZE {table}

-- name: keep_made
-- What a chunk made, in one row of the undo log: the records, their rows of the file, and a mark of what was written.
INSERT INTO capture_importmade (imported_id, "table", records, row_numbers, marks)
SELECT %(id)s, %(table)s, array_agg(record_id), array_agg(row_number), array_agg(mark)
FROM (SELECT record_id, row_number, mark FROM import_made ORDER BY row_number) AS made
HAVING count(*) > 0

-- name: advance
-- Moves the checkpoint in the transaction that wrote the chunk, so that each row is taken once; touches no row where
-- somebody else has moved it or the import was stopped. Carried by the primary key.
UPDATE capture_import
SET done_rows = %(to)s, created = created + %(created)s, updated = updated + %(updated)s,
    unchanged = unchanged + %(unchanged)s, rejected = rejected + %(rejected)s, warned = warned + %(warned)s
WHERE id = %(id)s AND done_rows = %(from)s AND state = 'running'

-- name: waiting
-- Imports that are to be looked through, run or undone, in the order they were asked for. Few; a scan of a small table.
SELECT id, state FROM capture_import WHERE state IN ('looking', 'running', 'undoing') ORDER BY id

-- name: next_changes
-- The next piece of an undo, from the last change back to the first. Carried by the primary key, within one import.
SELECT min(id) AS first, max(id) AS last
FROM (
    SELECT id FROM capture_importchange
    WHERE imported_id = %(id)s AND id < %(below)s
    ORDER BY id DESC LIMIT %(limit)s
) AS piece

-- name: later_imports
-- Imports that changed a record of this one afterwards; undoing them first gives a clean undo.
-- Carried by capture_importchange (table, record_id); what this one made is unfolded from some hundred rows.
SELECT DISTINCT later.imported_id AS id
FROM (
    SELECT "table", record_id FROM capture_importchange WHERE imported_id = %(id)s
    UNION ALL
    SELECT made."table", unnest(made.records) FROM capture_importmade made WHERE made.imported_id = %(id)s
) AS mine
JOIN capture_importchange later
  ON later."table" = mine."table" AND later.record_id = mine.record_id AND later.imported_id > %(id)s
JOIN capture_import i ON i.id = later.imported_id AND i.state <> 'undone'
ORDER BY id LIMIT 5

-- name: forget
-- Takes an undone import's own facts out of the log: history that was told by mistake is none. Carried by
-- capture_activity_subject (subject_id, at).
DELETE FROM capture_activity
WHERE subject_id = ANY(%(subjects)s) AND properties->>'import' = %(import)s::text

-- name: erase_changes
-- What the undo log keeps about contacts. Carried by capture_importchange (table, record_id).
DELETE FROM capture_importchange
WHERE ("table" = 'profile_contact' AND record_id = ANY(%(contacts)s))
   OR ("table" = 'qualify_lead' AND record_id IN (SELECT id FROM qualify_lead WHERE contact_id = ANY(%(contacts)s)))
