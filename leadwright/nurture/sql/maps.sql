-- name: people
-- How many people stand at each step of a version, and how many are set aside there.
-- Carried by enrollment_due (step_id) where active, and by enrollment_count (version_id, state).
SELECT s.id AS step_id,
       (SELECT count(*) FROM nurture_enrollment e WHERE e.step_id = s.id AND e.state = 'active') AS waiting,
       (SELECT count(*) FROM nurture_enrollment e
        WHERE e.version_id = s.version_id AND e.state = 'set_aside' AND e.step_id = s.id) AS aside
FROM nurture_step s WHERE s.version_id = %(version)s

-- name: outcomes
-- How often each step of a version had each outcome. Carried by (step_id, outcome).
SELECT r.step_id, r.outcome, count(*) AS count
FROM nurture_steprecord r JOIN nurture_step s ON s.id = r.step_id
WHERE s.version_id = %(version)s GROUP BY r.step_id, r.outcome ORDER BY r.step_id, count(*) DESC

-- name: states
-- How many enrollments of a version are in each state. Carried by enrollment_count (version_id, state).
SELECT state, count(*) AS count FROM nurture_enrollment WHERE version_id = %(version)s GROUP BY state

-- name: journeys
-- People inside, done and set aside, for some journeys. Carried by enrollment_count (version_id, state).
SELECT v.journey_id, e.state, count(*) AS count
FROM nurture_journeyversion v JOIN nurture_enrollment e ON e.version_id = v.id
WHERE v.journey_id = ANY(%(journeys)s) GROUP BY v.journey_id, e.state
