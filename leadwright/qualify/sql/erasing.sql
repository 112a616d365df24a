-- name: hands
-- Before identities go: raised hands that nobody has taken yet. Carried by the index on subject_id.
DELETE FROM qualify_hand h USING profile_identity i
WHERE i.contact_id = ANY(%(contacts)s) AND h.subject_id = i.subject_id

-- name: moves
-- Carried by the indexes on qualify_lead (contact_id, …) and qualify_stagemove (lead_id, …).
DELETE FROM qualify_stagemove m USING qualify_lead l WHERE l.contact_id = ANY(%(contacts)s) AND m.lead_id = l.id

-- name: import_changes
-- What imports wrote into these leads, kept so that they can be undone. A scan; imports are few.
DELETE FROM capture_importchange c USING qualify_lead l
WHERE l.contact_id = ANY(%(contacts)s) AND c."table" = 'qualify_lead' AND c.record_id = l.id

-- name: leads
-- What later stages keep about leads was erased before; see the order of the erasers.
DELETE FROM qualify_lead WHERE contact_id = ANY(%(contacts)s)

-- name: points
-- Carried by point_once.
DELETE FROM qualify_point WHERE contact_id = ANY(%(contacts)s)

-- name: scores
DELETE FROM qualify_score WHERE contact_id = ANY(%(contacts)s)

-- name: sizes
-- Segments get smaller by those who go.
UPDATE qualify_segment s SET size = GREATEST(0, s.size - gone.number)
FROM (
    SELECT segment_id, count(*) AS number FROM qualify_member WHERE contact_id = ANY(%(contacts)s) GROUP BY segment_id
) AS gone
WHERE s.id = gone.segment_id

-- name: members
-- Carried by the index on contact_id.
DELETE FROM qualify_member WHERE contact_id = ANY(%(contacts)s)

-- name: turns
DELETE FROM qualify_turn WHERE contact_id = ANY(%(contacts)s)

-- name: changes
-- Few rows wait; a scan. Last, since the deletions above were changes, too.
UPDATE qualify_change
SET contacts = ARRAY(SELECT contact FROM unnest(contacts) AS contact WHERE contact <> ALL(%(contacts)s::bigint[]))
WHERE contacts && %(contacts)s::bigint[]
