-- name: note_ready
-- Of a span of the log: open leads that have become ready for a rep. Those that became mql, and new ones of hot
-- contacts; not what comes of an import, and not those somebody is answering already.
-- Carried by capture_activity_log (tx, seq), the primary key of leads, and (contact, opened_at) of leads.
WITH fact AS (
    SELECT a.at, a.kind, a.name, a.object_id, i.contact_id,
           coalesce(nullif(a.properties->>'reason', ''), '') AS reason
    FROM capture_activity a JOIN profile_identity i ON i.subject_id = a.subject_id
    WHERE {within} AND {live} AND a.kind IN ('lead_opened', 'stage_moved', 'score_crossed')
), ready AS (
    SELECT l.id, fact.at, 'became mql' || CASE WHEN fact.reason <> '' THEN ' (' || fact.reason || ')' ELSE '' END AS why
    FROM fact JOIN qualify_lead l ON fact.kind = 'stage_moved' AND fact.object_id = l.id::text
        AND l.contact_id = fact.contact_id
    WHERE l.stage = 'mql' AND fact.name = 'mql'
    UNION ALL
    SELECT l.id, fact.at, 'raised a hand while hot'
    FROM fact
    JOIN qualify_lead l ON l.contact_id = fact.contact_id AND l.stage = 'new'
    JOIN qualify_score s ON s.contact_id = l.contact_id AND s.is_hot
    WHERE (fact.kind = 'lead_opened' AND fact.object_id = l.id::text)
       OR (fact.kind = 'score_crossed' AND fact.name = 'hot')
)
INSERT INTO handover_unrouted (lead_id, since, why)
SELECT DISTINCT ON (id) id, at, left(why, 200) FROM ready
WHERE NOT EXISTS (SELECT 1 FROM handover_assignment g WHERE g.lead_id = ready.id AND g.answered_at IS NULL)
ORDER BY id, at
ON CONFLICT DO NOTHING

-- name: note_ended
-- Of a span of the log: leads that were closed or set aside need no call any more. Their open tasks are done with, and
-- nobody is late with an answer.
WITH ended AS (
    SELECT DISTINCT l.id
    FROM capture_activity a JOIN qualify_lead l ON a.object_id = l.id::text
    WHERE {within} AND a.kind = 'stage_moved' AND a.object_kind = 'lead'
      AND l.stage IN ('won', 'lost', 'disqualified', 'recycled')
      AND l.contact_id = (SELECT i.contact_id FROM profile_identity i WHERE i.subject_id = a.subject_id)
), tasks AS (
    UPDATE handover_task t SET done_at = %(now)s, outcome = 'done', note = 'The lead was closed.'
    FROM ended WHERE t.lead_id = ended.id AND t.done_at IS NULL
), waiting AS (
    DELETE FROM handover_unrouted u USING ended WHERE u.lead_id = ended.id
)
UPDATE handover_assignment g SET answered_at = %(now)s, answer = 'touched'
FROM ended WHERE g.lead_id = ended.id AND g.answered_at IS NULL

-- name: note_worked
-- Of a span of the log: leads that were moved on along the way, on the board or by a program. Whoever was to answer them
-- has done so, at the moment of the first such move. Carried by (lead, at) of assignments.
WITH moved AS (
    SELECT a.object_id::bigint AS lead_id, min(a.at) AS at
    FROM capture_activity a
    WHERE {within} AND a.kind = 'stage_moved' AND a.object_kind = 'lead' AND a.name IN ('sal', 'sql', 'opportunity')
    GROUP BY a.object_id
)
UPDATE handover_assignment g SET answered_at = greatest(moved.at, g.at), answer = 'accepted'
FROM moved WHERE g.lead_id = moved.lead_id AND g.answered_at IS NULL

-- name: given
-- Of a span of the log: open leads that were given to somebody by hand, and that this one has not been given yet.
-- Carried by the primary key of leads and by (lead, at) of assignments.
SELECT DISTINCT ON (l.id) l.id AS lead_id, l.owner_id, left(a.properties->>'actor', 100) AS actor
FROM capture_activity a JOIN qualify_lead l ON l.id = a.object_id::bigint
WHERE {within} AND {live} AND a.kind = 'lead_given' AND a.object_kind = 'lead'
  AND l.stage = ANY(%(open_stages)s) AND l.owner_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM handover_assignment g
                  WHERE g.lead_id = l.id AND g.user_id = l.owner_id AND g.answer <> 'passed_on')
ORDER BY l.id, a.seq DESC

-- name: assign
-- Gives every lead that waits to a rep, in one statement: to the rep whom it or its contact has already, where that one
-- takes leads; else in turn, beginning with the rep who was given one least recently. All leads of a contact go to the
-- same rep. Carried by the primary keys; reps are few, and their last assignment is found by (user, at).
WITH rep AS (
    SELECT u.id, u.name,
           row_number() OVER (ORDER BY last.at NULLS FIRST, last.id, u.id) - 1 AS turn, count(*) OVER () AS many
    FROM workspace_user u
    LEFT JOIN LATERAL (SELECT g.at, g.id FROM handover_assignment g WHERE g.user_id = u.id AND g.at <= %(now)s
                       ORDER BY g.at DESC, g.id DESC LIMIT 1) AS last ON true
    WHERE u.takes_leads AND u.is_active
), waiting AS (
    SELECT l.id, l.contact_id, l.opened_at, n.since, n.why, mine.id AS mine,
           trim(c.first_name || ' ' || c.last_name) AS name, c.email,
           min(l.opened_at) OVER (PARTITION BY l.contact_id) AS first_at
    FROM handover_unrouted n
    JOIN qualify_lead l ON l.id = n.lead_id AND l.stage IN ('new', 'mql')
    JOIN profile_contact c ON c.id = l.contact_id
    LEFT JOIN rep mine ON mine.id = coalesce(l.owner_id, c.owner_id)
), turned AS (
    SELECT *, dense_rank() OVER (PARTITION BY mine IS NULL ORDER BY first_at, contact_id) - 1 AS turn FROM waiting
), chosen AS (
    SELECT t.*, rep.id AS user_id, rep.many
    FROM turned t
    JOIN rep ON rep.id = t.mine OR (t.mine IS NULL AND rep.turn = t.turn %% rep.many)
), given AS (
    INSERT INTO handover_assignment (lead_id, user_id, at, rule, why, answer_by, answer)
    SELECT id, user_id, %(now)s, CASE WHEN mine IS NULL THEN 'round robin' ELSE 'owner' END,
           left(CASE WHEN mine IS NOT NULL THEN 'Has this contact already'
                     WHEN many = 1 THEN 'The only rep who takes leads'
                     ELSE 'Next in turn of ' || many || ' reps who take leads' END || '; the lead ' || why || '.', 250),
           CASE WHEN since - opened_at <= %(allowed)s THEN opened_at ELSE since END + %(allowed)s, ''
    FROM chosen ORDER BY first_at, contact_id, opened_at, id
    RETURNING id, lead_id, user_id, answer_by
), told AS (
    INSERT INTO handover_task (kind, title, why, user_id, contact_id, lead_id, cause, due_at, created_at, outcome, note)
    SELECT 'call', left('Call ' || coalesce(nullif(c.name, ''), nullif(c.email, ''), 'this contact'), 200),
           left('The lead ' || c.why || '.', 250), g.user_id, c.contact_id, g.lead_id, 'assignment:' || g.id,
           g.answer_by, %(now)s, '', ''
    FROM given g JOIN chosen c ON c.id = g.lead_id
    ON CONFLICT (cause) DO NOTHING
), owned AS (
    UPDATE qualify_lead l SET owner_id = g.user_id, updated_at = %(now)s
    FROM given g WHERE l.id = g.lead_id AND l.owner_id IS DISTINCT FROM g.user_id
), held AS (
    UPDATE profile_contact c SET owner_id = g.user_id, updated_at = %(now)s
    FROM (SELECT DISTINCT h.contact_id, h.user_id FROM chosen h) AS g
    WHERE c.id = g.contact_id AND c.owner_id IS DISTINCT FROM g.user_id
), gone AS (
    DELETE FROM handover_unrouted n USING given g WHERE n.lead_id = g.lead_id
)
SELECT id FROM given

-- name: drop_stale
-- Leads that wait but are not to be routed any more, because they have moved on without a rep.
DELETE FROM handover_unrouted n USING qualify_lead l WHERE l.id = n.lead_id AND l.stage NOT IN ('new', 'mql')

-- name: assigned_facts
-- The activity “given to a rep” of a set of assignments, about the contact.
SELECT g.at, c.uid, 'lead_assigned', u.name, 'lead', g.lead_id::text, '', NULL::bigint,
       jsonb_build_object('why', g.why, 'rule', g.rule, 'answer_by', g.answer_by)
FROM handover_assignment g
JOIN qualify_lead l ON l.id = g.lead_id
JOIN profile_contact c ON c.id = l.contact_id
JOIN workspace_user u ON u.id = g.user_id
WHERE g.id = ANY(%(ids)s)

-- name: give
-- Gives leads to one rep by hand: whoever had them before has answered nothing and is free; open tasks go along.
-- Carried by (lead, at) of assignments and by the primary key of leads.
WITH lead AS (
    SELECT l.id, l.contact_id, l.opened_at, trim(c.first_name || ' ' || c.last_name) AS name, c.email
    FROM qualify_lead l JOIN profile_contact c ON c.id = l.contact_id
    WHERE l.id = ANY(%(leads)s) AND l.stage = ANY(%(open_stages)s)
), before AS (
    UPDATE handover_assignment g SET answered_at = %(now)s, answer = 'passed_on'
    FROM lead WHERE g.lead_id = lead.id AND g.answered_at IS NULL
    RETURNING g.lead_id, g.answer_by
), given AS (
    INSERT INTO handover_assignment (lead_id, user_id, at, rule, why, answer_by, answer)
    SELECT lead.id, %(user)s, %(now)s, 'by hand', left(%(why)s, 250),
           coalesce((SELECT min(b.answer_by) FROM before b WHERE b.lead_id = lead.id), %(now)s + %(allowed)s), ''
    FROM lead ORDER BY lead.opened_at, lead.id
    RETURNING id, lead_id, answer_by
), moved AS (
    UPDATE handover_task t SET user_id = %(user)s FROM lead WHERE t.lead_id = lead.id AND t.done_at IS NULL
    RETURNING t.lead_id
), told AS (
    INSERT INTO handover_task (kind, title, why, user_id, contact_id, lead_id, cause, due_at, created_at, outcome, note)
    SELECT 'call', left('Call ' || coalesce(nullif(lead.name, ''), nullif(lead.email, ''), 'this contact'), 200),
           left(%(why)s, 250), %(user)s, lead.contact_id, lead.id, 'assignment:' || g.id, g.answer_by, %(now)s, '', ''
    FROM given g JOIN lead ON lead.id = g.lead_id
    WHERE lead.id NOT IN (SELECT lead_id FROM moved)
    ON CONFLICT (cause) DO NOTHING
), owned AS (
    UPDATE qualify_lead l SET owner_id = %(user)s, updated_at = %(now)s FROM lead WHERE l.id = lead.id
), held AS (
    UPDATE profile_contact c SET owner_id = %(user)s, updated_at = %(now)s FROM lead WHERE c.id = lead.contact_id
), gone AS (
    DELETE FROM handover_unrouted n USING lead WHERE n.lead_id = lead.id
)
SELECT id FROM given

-- name: answer
-- The rep has answered: the open assignment of a lead is closed, at the moment of the first answer.
UPDATE handover_assignment SET answered_at = %(now)s, answer = %(answer)s
WHERE lead_id = %(lead)s AND answered_at IS NULL
RETURNING id

-- name: late
-- Open assignments past their time, latest first. Carried by assignment_open (answer_by) where unanswered.
SELECT g.id FROM handover_assignment g WHERE g.answered_at IS NULL AND g.answer_by < %(now)s
