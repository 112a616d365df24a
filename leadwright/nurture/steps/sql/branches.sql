-- name: fitting
-- Who of a set fits a condition now. Carried by the primary key of contacts and by what the condition names.
SELECT c.id FROM profile_contact c WHERE c.id = ANY(%(contacts)s) AND ({where})
