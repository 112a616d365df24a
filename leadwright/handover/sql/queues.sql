-- name: now
-- What a rep works on next: open tasks that do not rest, and hot contacts of his whom nobody has touched for days.
-- Most urgent first: leads whose answer is promised, by that moment; then what is due, calls back first; then hot and
-- untouched; then what comes later today. Tasks that nobody has stand in the queue of all who take leads. Contacts that the
-- user may not see are left out. Carried by task_open (user, due_at) and qualify_lead (owner, stage).
WITH open_task AS (
    SELECT t.id, t.kind, t.title, t.why, t.contact_id, t.lead_id, t.due_at, t.cause, g.answer_by, g.at AS given_at
    FROM handover_task t
    LEFT JOIN LATERAL (SELECT answer_by, at FROM handover_assignment
                       WHERE lead_id = t.lead_id AND answered_at IS NULL ORDER BY at DESC LIMIT 1) AS g ON true
    WHERE (t.user_id = %(user)s OR (t.user_id IS NULL AND %(takes)s)) AND t.done_at IS NULL AND t.due_at <= %(until)s
      AND (t.snoozed_until IS NULL OR t.snoozed_until <= %(now)s)
), untouched AS (
    SELECT DISTINCT ON (l.contact_id) l.id AS lead_id, l.contact_id, l.stage_since
    FROM qualify_lead l
    JOIN qualify_score s ON s.contact_id = l.contact_id AND s.is_hot
    WHERE l.owner_id = %(user)s AND l.stage IN ('new', 'mql', 'sal', 'sql', 'opportunity')
      AND l.stage_since < %(untouched)s
      AND NOT EXISTS (SELECT 1 FROM handover_task t WHERE t.contact_id = l.contact_id
                      AND (t.done_at IS NULL OR t.done_at > %(untouched)s))
    ORDER BY l.contact_id, l.opened_at DESC
), entry AS (
    SELECT CASE WHEN answer_by IS NOT NULL THEN 0 WHEN due_at <= %(now)s THEN 1 ELSE 3 END AS urgency,
           id AS task_id, kind, title, why, contact_id, lead_id, due_at, answer_by, given_at,
           coalesce(answer_by, due_at) AS moment
    FROM open_task
    UNION ALL
    SELECT 2, NULL, 'call', '', 'Hot, and not spoken to for days.', contact_id, lead_id, NULL, NULL, NULL, stage_since
    FROM untouched
)
SELECT e.*, trim(c.first_name || ' ' || c.last_name) AS name, c.email, c.phone, c.title AS job, k.name AS company,
       l.stage, l.opened_at, l.interest, l.source,
       (SELECT max(t.done_at) FROM handover_task t WHERE t.contact_id = e.contact_id) AS touched_at
FROM entry e
JOIN profile_contact c ON c.id = e.contact_id AND (%(sees_all)s OR c.owner_id IS NULL OR c.owner_id = %(user)s)
LEFT JOIN profile_company k ON k.id = c.company_id
LEFT JOIN qualify_lead l ON l.id = e.lead_id
ORDER BY e.urgency, (e.urgency = 1 AND e.why NOT LIKE 'Asked to be called back%%'), e.moment, e.task_id
LIMIT %(limit)s

-- name: happened
-- The last things that happened with a contact, those that a person did or that nobody can have faked.
-- Carried by capture_activity_subject (subject_id, at DESC).
SELECT a.at, a.kind, a.name, a.object_kind, a.object_id, a.channel, a.properties
FROM profile_identity i JOIN capture_judged a ON a.subject_id = i.subject_id
WHERE i.contact_id = %(contact)s AND (a.human IS NULL OR a.human >= 0.5)
  AND a.kind NOT IN ('segment_entered', 'segment_left', 'judged_again')
ORDER BY a.at DESC LIMIT %(limit)s

-- name: points
-- What a contact's score is made of, the most telling first. Carried by point_once (contact_id, rule_id, activity_id).
SELECT r.name, r.kind, sum(p.points) AS points, count(*) AS times, max(p.at) AS last_at
FROM qualify_point p JOIN qualify_scorerule r ON r.id = p.rule_id
WHERE p.contact_id = %(contact)s
GROUP BY r.id, r.name, r.kind ORDER BY abs(sum(p.points)) DESC LIMIT 6
