-- name: due_steps
-- The steps of running journeys at which somebody is due, in reading order. A probe of the index per step; resting
-- people cost nothing. Carried by enrollment_due (step_id, due_at) where active.
SELECT s.id
FROM nurture_step s
JOIN nurture_journeyversion v ON v.id = s.version_id
JOIN nurture_journey j ON j.id = v.journey_id AND j.is_active
WHERE EXISTS (SELECT 1 FROM nurture_enrollment e
              WHERE e.step_id = s.id AND e.state = 'active' AND e.due_at BETWEEN %(since)s AND %(now)s)
ORDER BY s.version_id, s.number

-- name: next_due
-- The next moment at which somebody is due in a running journey. One probe of enrollment_due a step.
SELECT min(first.due_at)
FROM nurture_journey j
JOIN nurture_journeyversion v ON v.journey_id = j.id
JOIN nurture_step s ON s.version_id = v.id
CROSS JOIN LATERAL (
    SELECT e.due_at FROM nurture_enrollment e
    WHERE e.step_id = s.id AND e.state = 'active' AND e.due_at >= %(since)s ORDER BY e.due_at LIMIT 1) AS first
WHERE j.is_active

-- name: due
-- Whom a step takes next; skips what another worker holds. Carried by enrollment_due (step_id, due_at) where active.
SELECT id, contact_id FROM nurture_enrollment
WHERE step_id = %(step)s AND state = 'active' AND due_at BETWEEN %(since)s AND %(now)s
ORDER BY due_at LIMIT %(limit)s
FOR UPDATE SKIP LOCKED

-- name: due_among
-- The same among given enrollments, where a larger set has failed.
SELECT id, contact_id FROM nurture_enrollment
WHERE id = ANY(%(ids)s) AND step_id = %(step)s AND state = 'active' AND due_at <= %(now)s
ORDER BY id
FOR UPDATE SKIP LOCKED

-- name: settle
-- Moves a set that has taken a step to where each goes, and records the step, in one statement. The ways are few, so
-- that each person costs two numbers.
-- Carried by the primary key of nurture_enrollment, which the claim has brought into memory.
WITH taken AS (
    SELECT t.id, w.outcome, w.why, w.to_step, w.due_at, w.state, e.step_since
    FROM unnest(%(ids)s::bigint[], %(ways)s::int[]) AS t (id, way)
    JOIN unnest(%(numbers)s::int[], %(outcomes)s::text[], %(whys)s::text[], %(to_steps)s::bigint[],
                %(dues)s::timestamptz[], %(states)s::text[]) AS w (number, outcome, why, to_step, due_at, state)
        ON w.number = t.way
    JOIN nurture_enrollment e ON e.id = t.id
), moved AS (
    UPDATE nurture_enrollment e
    SET step_id = t.to_step, state = t.state, step_since = %(now)s, due_at = t.due_at, failures = 0, error = '',
        ended_at = CASE WHEN t.state <> 'active' THEN %(now)s END
    FROM taken t WHERE e.id = t.id
)
INSERT INTO nurture_steprecord (enrollment_id, step_id, entered_at, left_at, outcome, why)
SELECT id, %(step)s, step_since, %(now)s, outcome, why FROM taken

-- name: postpone
-- A step failed for these: they rest, longer each time, and are set aside after so many failures.
UPDATE nurture_enrollment e
SET failures = e.failures + 1, error = left(%(error)s, 250),
    state = CASE WHEN e.failures + 1 >= %(allowed)s THEN 'set_aside' ELSE e.state END,
    due_at = CASE WHEN e.failures + 1 < %(allowed)s
                  THEN %(now)s + (%(rests)s::interval[])[e.failures + 1] END
WHERE e.id = ANY(%(ids)s) AND e.step_id = %(step)s AND e.state = 'active'
RETURNING e.state = 'set_aside' AS is_aside
