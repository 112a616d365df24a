-- name: estimates
-- The planner's own row counts: free, and good to a few percent after an analyze.
SELECT c.relname AS name, greatest(c.reltuples, 0)::bigint AS rows
FROM pg_class c WHERE c.relname IN ('profile_contact', 'profile_company', 'qualify_lead', 'engage_message')
