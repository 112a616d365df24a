-- name: version
-- Whether any definition has changed: each change draws a new version. A table of a few hundred rows at most.
SELECT count(*) AS count, COALESCE(sum(version), 0)::text AS version FROM profile_customfield
