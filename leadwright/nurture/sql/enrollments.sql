-- name: enroll
-- Lets candidates in, a SELECT of (contact_id, journey_id, cause, why, at). Each enters the current version
-- at its first step; not who is inside, was set aside, or was inside too short a time ago for the re-entry rule.
-- Carried by enrolled_once (contact_id, journey_id, cause); what still collides (a retry, a twin) does nothing.
INSERT INTO nurture_enrollment
    (contact_id, journey_id, version_id, step_id, state, cause, why, entered_at, step_since, due_at, failures, error)
SELECT DISTINCT ON (f.contact_id, f.journey_id)
    f.contact_id, f.journey_id, v.id, s.id, 'active', f.cause, left(f.why, 250), %(now)s, %(now)s, %(now)s, 0, ''
FROM ({candidates}) AS f (contact_id, journey_id, cause, why, at)
JOIN nurture_journey j ON j.id = f.journey_id
JOIN nurture_journeyversion v ON v.journey_id = j.id AND v.is_current
JOIN nurture_step s ON s.version_id = v.id AND s.number = 1
WHERE NOT EXISTS (
    SELECT 1 FROM nurture_enrollment e
    WHERE e.contact_id = f.contact_id AND e.journey_id = f.journey_id
      AND (e.state IN ('active', 'set_aside') OR j.reenter_after_days IS NULL
           OR e.entered_at > %(now)s - make_interval(days => j.reenter_after_days)))
ORDER BY f.contact_id, f.journey_id, f.at, f.cause
ON CONFLICT DO NOTHING
RETURNING id, contact_id, step_id

-- name: knock
-- Who did what a running journey waits for, in a span of the log; by a person, since the journey was started, and not
-- because of an import. An act that turns out to be a person's knocks then.
-- Carried by capture_activity_log (tx, seq); versions are few. Everyone knocks, the unknown wait at the door.
INSERT INTO nurture_knock (subject_id, journey_id, activity_id, at, why)
SELECT DISTINCT ON (a.subject_id, v.journey_id) a.subject_id, v.journey_id, a.id, a.at, left(v.trigger->>'say', 250)
FROM capture_told a
JOIN nurture_journeyversion v ON v.is_current AND v.trigger->>'activity' = a.kind
JOIN nurture_journey j ON j.id = v.journey_id AND j.is_active AND a.at >= j.active_since
WHERE {within} AND {live}
  AND (a.human IS NULL OR a.human >= 0.5)
  AND v.trigger->>'object_kind' IN ('', a.object_kind)
  AND v.trigger->>'object_id' IN ('', a.object_id)
  AND (v.trigger->>'name' = ''
       OR lower(v.trigger->>'name') IN (lower(a.name), lower(a.properties->>'path'))
       OR (right(v.trigger->>'name', 1) = '*'
           AND (starts_with(lower(a.name), lower(left(v.trigger->>'name', -1)))
                OR starts_with(lower(a.properties->>'path'), lower(left(v.trigger->>'name', -1))))))
ORDER BY a.subject_id, v.journey_id, a.at
ON CONFLICT (subject_id, journey_id) DO UPDATE SET activity_id = excluded.activity_id, at = excluded.at

-- name: known
-- Takes from the door those whom we know by now, at most so many. Carried by the primary key of profile_identity.
DELETE FROM nurture_knock WHERE id IN (
    SELECT k.id FROM nurture_knock k JOIN profile_identity i ON i.subject_id = k.subject_id
    ORDER BY k.id LIMIT %(limit)s)
RETURNING subject_id, journey_id, activity_id, at, why

-- name: knockers
-- The contacts behind those who knocked, each with the activity as its cause.
SELECT i.contact_id, k.journey_id, 'activity:' || k.activity_id, k.why, k.at
FROM unnest(%(subjects)s::uuid[], %(journeys)s::bigint[], %(activities)s::uuid[], %(ats)s::timestamptz[],
            %(whys)s::text[]) AS k (subject_id, journey_id, activity_id, at, why)
JOIN profile_identity i ON i.subject_id = k.subject_id

-- name: forget_knocks
-- Those who stayed unknown. Carried by the index on at.
DELETE FROM nurture_knock WHERE at < %(before)s

-- name: members
-- The next members of a segment behind a contact. Carried by member_once (segment_id, contact_id).
SELECT m.contact_id, %(journey)s::bigint, %(cause)s::text, %(why)s::text, m.since
FROM qualify_member m
WHERE m.segment_id = %(segment)s AND m.contact_id > %(after)s AND m.contact_id <= %(upto)s

-- name: members_reach
-- Up to which contact the next chunk of a segment goes; null: there is none left.
SELECT max(contact_id) FROM (
    SELECT contact_id FROM qualify_member
    WHERE segment_id = %(segment)s AND contact_id > %(after)s ORDER BY contact_id LIMIT %(limit)s) AS next

-- name: chosen
-- Contacts by their keys.
SELECT c.id, %(journey)s::bigint, %(cause)s::text, %(why)s::text, c.created_at
FROM profile_contact c WHERE c.id = ANY(%(contacts)s)

-- name: would_enter
-- How many members of a segment would enter a journey now, and how many there are.
SELECT count(*) AS members,
       count(*) FILTER (WHERE NOT EXISTS (
           SELECT 1 FROM nurture_enrollment e
           WHERE e.contact_id = m.contact_id AND e.journey_id = j.id
             AND (e.state IN ('active', 'set_aside') OR j.reenter_after_days IS NULL
                  OR e.entered_at > %(now)s - make_interval(days => j.reenter_after_days)))) AS entering
FROM qualify_member m JOIN nurture_journey j ON j.id = %(journey)s
WHERE m.segment_id = %(segment)s

-- name: zones
-- Who of these contacts lives in which time zone. Carried by the primary key.
SELECT time_zone, array_agg(id) AS contacts FROM profile_contact WHERE id = ANY(%(contacts)s) GROUP BY time_zone

-- name: rest
-- Those who entered at a step that waits rest until their own moment.
UPDATE nurture_enrollment e SET due_at = t.due_at
FROM unnest(%(ids)s::bigint[], %(dues)s::timestamptz[]) AS t (id, due_at)
WHERE e.id = t.id

-- name: entered
-- The activity “entered a journey” of a set of enrollments.
SELECT e.entered_at, c.uid, 'journey_entered', j.name, 'journey', j.id::text, '', NULL::bigint,
       jsonb_build_object('why', e.why, 'version', v.number)
FROM nurture_enrollment e
JOIN nurture_journey j ON j.id = e.journey_id
JOIN nurture_journeyversion v ON v.id = e.version_id
JOIN profile_contact c ON c.id = e.contact_id
WHERE e.id = ANY(%(ids)s)

-- name: ended
-- The activity “ended a journey” of a set of enrollments.
SELECT e.ended_at, c.uid, 'journey_ended', j.name, 'journey', j.id::text, '', NULL::bigint,
       jsonb_build_object('outcome', e.state)
FROM nurture_enrollment e
JOIN nurture_journey j ON j.id = e.journey_id
JOIN profile_contact c ON c.id = e.contact_id
WHERE e.id = ANY(%(ids)s)

-- name: again
-- Takes up who was set aside: at the step where it failed, at once. Not who is inside the journey a second time.
UPDATE nurture_enrollment e SET state = 'active', failures = 0, error = '', due_at = %(now)s
WHERE e.id = ANY(%(ids)s) AND e.state = 'set_aside'
  AND NOT EXISTS (SELECT 1 FROM nurture_enrollment o
                  WHERE o.contact_id = e.contact_id AND o.journey_id = e.journey_id AND o.state = 'active')
RETURNING e.id

-- name: take_out
-- Ends enrollments by hand; the step where they stood keeps a record that says so.
WITH out AS (
    SELECT id, step_id, step_since FROM nurture_enrollment
    WHERE id = ANY(%(ids)s) AND state IN ('active', 'set_aside') ORDER BY id FOR UPDATE
), told AS (
    INSERT INTO nurture_steprecord (enrollment_id, step_id, entered_at, left_at, outcome, why)
    SELECT id, step_id, step_since, %(now)s, 'taken out', left(%(why)s, 250) FROM out WHERE step_id IS NOT NULL
    ON CONFLICT DO NOTHING
)
UPDATE nurture_enrollment e SET state = 'exited', due_at = NULL, ended_at = %(now)s
FROM out WHERE e.id = out.id
RETURNING e.id
