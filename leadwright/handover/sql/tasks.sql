-- name: create
-- Any number of tasks in one statement; the same cause makes one task, however often it is said.
INSERT INTO handover_task (kind, title, why, user_id, contact_id, lead_id, cause, due_at, created_at, outcome, note)
SELECT kind, left(title, 200), left(why, 250), user_id, contact_id, lead_id, cause, due_at, %(now)s, '', note
FROM unnest(%(kinds)s::text[], %(titles)s::text[], %(whys)s::text[], %(users)s::bigint[], %(contacts)s::bigint[],
            %(leads)s::bigint[], %(causes)s::text[], %(dues)s::timestamptz[], %(notes)s::text[])
    AS t (kind, title, why, user_id, contact_id, lead_id, cause, due_at, note)
ON CONFLICT (cause) DO NOTHING
RETURNING id

-- name: finish
-- Does a task once: who comes second finds it done. Carried by the primary key.
UPDATE handover_task SET done_at = %(now)s, outcome = %(outcome)s, note = concat_ws(E'\n', nullif(note, ''), nullif(%(note)s, '')),
       user_id = coalesce(user_id, %(user)s)
WHERE id = %(task)s AND done_at IS NULL
RETURNING note, user_id, lead_id, contact_id

-- name: attempts
-- How often nobody answered, since somebody last did. Carried by (contact, created_at).
SELECT count(*) FROM handover_task
WHERE contact_id = %(contact)s AND outcome = 'no_answer'
  AND done_at > coalesce((SELECT max(done_at) FROM handover_task
                          WHERE contact_id = %(contact)s AND outcome IN ('reached', 'meeting', 'call_back')), '-infinity')
