-- name: at_browser
-- The contact at a browser. Carried by the unique anonymous_id and two primary keys.
SELECT c.email, c.first_name, c.last_name, c.title, c.phone, c.country, c.city, c.language, c.time_zone,
       coalesce(m.name, '') AS company, c.custom::text AS custom
FROM capture_visitor v
JOIN profile_identity i ON i.subject_id = v.id
JOIN profile_contact c ON c.id = i.contact_id
LEFT JOIN profile_company m ON m.id = c.company_id
WHERE v.anonymous_id = %(browser)s

-- name: by_uid
-- A contact by the uid in a signed link, also that of one that was merged away since. Carried by the primary key of
-- identities.
SELECT c.email, c.first_name, c.last_name, c.title, c.phone, c.country, c.city, c.language, c.time_zone,
       coalesce(m.name, '') AS company, c.custom::text AS custom
FROM profile_identity i
JOIN profile_contact c ON c.id = i.contact_id
LEFT JOIN profile_company m ON m.id = c.company_id
WHERE i.subject_id = %(uid)s
