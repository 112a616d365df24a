-- name: strangers
-- Visitors whom nobody knows, and who have been nowhere but on the example firm's pages. One walk over the log.
SELECT a.subject_id
FROM capture_activity a
WHERE NOT EXISTS (SELECT FROM profile_identity i WHERE i.subject_id = a.subject_id)
GROUP BY a.subject_id
HAVING bool_and(split_part(split_part(coalesce(a.properties->>'url', a.properties->>'page', ''), '?', 1), '#', 1)
                = ANY(%(pages)s))

-- name: subjects
-- Under which ids contacts have done something. Carried by the index of profile_identity on the contact.
SELECT subject_id FROM profile_identity WHERE contact_id = ANY(%(contacts)s)

-- name: forget
-- Takes what somebody did out of the log, with the raw hits behind it and the browsers. Carried by
-- capture_activity_subject (subject_id, at) and by the keys of hits and visitors.
WITH done AS (
    DELETE FROM capture_activity WHERE subject_id = ANY(%(subjects)s) RETURNING hit_id
), heard AS (
    DELETE FROM capture_hit h USING (SELECT DISTINCT hit_id FROM done WHERE hit_id IS NOT NULL) AS d WHERE h.id = d.hit_id
), seen AS (
    DELETE FROM capture_visitor WHERE id = ANY(%(subjects)s)
)
SELECT count(*) FROM done

-- name: browsers
-- Browsers that nothing is known of any more. Carried by capture_activity_subject and by the key of identities.
DELETE FROM capture_visitor v
WHERE NOT EXISTS (SELECT FROM capture_activity a WHERE a.subject_id = v.id)
  AND NOT EXISTS (SELECT FROM profile_identity i WHERE i.subject_id = v.id)
