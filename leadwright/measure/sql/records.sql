-- name: opened
-- The leads opened in a period, with that moment.
-- Carried by qualify_lead (opened_at, id).
SELECT lead.id AS lead_id, lead.opened_at AS at
FROM qualify_lead lead
WHERE lead.opened_at >= %(start)s AND lead.opened_at < %(end)s /*filters*/

-- name: reached
-- The leads that came, for the first time, at least as far as a stage within a period, with that moment: a lead that
-- skips a stage has reached it, too, and one that falls back and comes again counts once.
-- The period's moves are found by qualify_stagemove (to_stage, at), their earlier ones by (lead_id, at, id).
SELECT move.lead_id, min(move.at) AS at
FROM qualify_stagemove move
JOIN qualify_lead lead ON lead.id = move.lead_id
WHERE move.to_stage = ANY(%(stages)s) AND move.at >= %(start)s AND move.at < %(end)s /*filters*/
  AND NOT EXISTS (
    SELECT 1 FROM qualify_stagemove earlier
    WHERE earlier.lead_id = move.lead_id AND earlier.at < %(start)s AND earlier.to_stage = ANY(%(stages)s))
GROUP BY move.lead_id

-- name: cohort
-- Of the leads opened in a period, those that have come at least as far as a stage until now, with that moment.
-- Carried by qualify_lead (opened_at, id) and qualify_stagemove (lead_id, at, id).
SELECT lead.id AS lead_id, min(move.at) AS at
FROM qualify_lead lead
JOIN qualify_stagemove move ON move.lead_id = lead.id AND move.at <= %(as_of)s AND move.to_stage = ANY(%(stages)s)
WHERE lead.opened_at >= %(start)s AND lead.opened_at < %(end)s /*filters*/
GROUP BY lead.id

-- name: within
-- Of the leads opened in a period, those won within so many days of their opening.
-- Carried by qualify_stagemove (to_stage, at).
SELECT lead.id AS lead_id, min(move.at) AS at
FROM qualify_lead lead
JOIN qualify_stagemove move ON move.lead_id = lead.id AND move.at <= %(as_of)s AND move.to_stage = 'won'
WHERE lead.opened_at >= %(start)s AND lead.opened_at < %(end)s /*filters*/
GROUP BY lead.id
HAVING least(min(move.at), CASE WHEN lead.stage = 'won' THEN lead.closed_at END)
       <= lead.opened_at + make_interval(days => %(days)s)

-- name: disordered
-- Of the leads opened in a period, those won before they were opened, by the move or by the date as it was told.
-- Carried by qualify_stagemove (to_stage, at).
SELECT lead.id AS lead_id, least(min(move.at), CASE WHEN lead.stage = 'won' THEN lead.closed_at END) AS at
FROM qualify_lead lead
JOIN qualify_stagemove move ON move.lead_id = lead.id AND move.at <= %(as_of)s AND move.to_stage = 'won'
WHERE lead.opened_at >= %(start)s AND lead.opened_at < %(end)s /*filters*/
GROUP BY lead.id
HAVING least(min(move.at), CASE WHEN lead.stage = 'won' THEN lead.closed_at END) < lead.opened_at

-- name: standing
-- Of the leads opened in a period, those that stand in one of the stages now (for one reason, where it is given).
-- Carried by qualify_lead (opened_at, id).
SELECT lead.id AS lead_id, lead.stage_since AS at
FROM qualify_lead lead
LEFT JOIN qualify_reason reason ON reason.id = lead.reason_id
WHERE lead.opened_at >= %(start)s AND lead.opened_at < %(end)s AND lead.stage = ANY(%(stages)s)
  AND (%(reason)s::text IS NULL OR coalesce(reason.label, '') = %(reason)s) /*filters*/

-- name: unanswered
-- Open leads whose rep has let the promised time pass without an answer, with the moment that was promised.
-- Only the latest assignment of a lead counts. Carried by handover_assignment (lead_id, at).
SELECT lead.id AS lead_id, assignment.answer_by AS at
FROM handover_assignment assignment
JOIN qualify_lead lead ON lead.id = assignment.lead_id
WHERE assignment.answered_at IS NULL AND assignment.answer_by < %(as_of)s AND lead.closed_at IS NULL /*filters*/
  AND NOT EXISTS (
    SELECT 1 FROM handover_assignment later WHERE later.lead_id = assignment.lead_id AND later.at > assignment.at)

-- name: page
-- A page of a set of leads, latest first, for the list behind a figure; keyset over (at, lead).
SELECT s.lead_id, s.at, lead.stage, lead.channel, lead.source, lead.value, lead.opened_at, campaign.name AS campaign,
       owner.name AS owner,
       coalesce(nullif(trim(contact.first_name || ' ' || contact.last_name), ''), nullif(contact.email, ''),
                'Unnamed ' || coalesce(nullif(lead.external_id, ''), contact.external_id, lead.id::text)) AS contact
FROM (/*set*/) s
JOIN qualify_lead lead ON lead.id = s.lead_id
JOIN profile_contact contact ON contact.id = lead.contact_id
LEFT JOIN attract_campaign campaign ON campaign.id = lead.campaign_id
LEFT JOIN workspace_user owner ON owner.id = lead.owner_id
WHERE %(after_at)s::timestamptz IS NULL OR (s.at, s.lead_id) < (%(after_at)s, %(after_id)s)
ORDER BY s.at DESC, s.lead_id DESC
LIMIT %(limit)s
