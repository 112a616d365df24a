-- name: people
-- Name, owner and open lead of each contact, for tasks about them. Carried by the primary key of contacts and by
-- (contact, opened_at) of leads.
SELECT c.id AS contact_id, coalesce(nullif(trim(c.first_name || ' ' || c.last_name), ''), c.email) AS name,
       coalesce(l.owner_id, c.owner_id) AS owner_id, l.id AS lead_id
FROM profile_contact c
LEFT JOIN LATERAL (
    SELECT id, owner_id FROM qualify_lead
    WHERE contact_id = c.id AND stage IN ('new', 'mql', 'sal', 'sql', 'opportunity')
    ORDER BY opened_at DESC LIMIT 1) AS l ON true
WHERE c.id = ANY(%(contacts)s)
