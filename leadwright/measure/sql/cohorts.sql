-- name: won
-- The leads of a period that were won until now, with the first moment of it; `told_at` is the moment as it was told,
-- which can lie before the opening where dates are wrong (a move never stands before the one before it).
-- Carried by qualify_stagemove (to_stage, at), then qualify_lead's primary key.
SELECT lead.id, lead.opened_at, lead.source, lead.value, min(move.at) AS won_at,
       least(min(move.at), CASE WHEN lead.stage = 'won' THEN lead.closed_at END) AS told_at
FROM qualify_lead lead
JOIN qualify_stagemove move ON move.lead_id = lead.id AND move.at <= %(as_of)s AND move.to_stage = 'won'
WHERE lead.opened_at >= %(start)s AND lead.opened_at < %(end)s /*filters*/
GROUP BY lead.id

-- name: openings
-- How many leads of a period were opened on each day, and of each source.
-- Carried by qualify_lead (opened_at, id).
SELECT (lead.opened_at AT TIME ZONE %(zone)s)::date AS day, lead.source, count(*) AS leads
FROM qualify_lead lead
WHERE lead.opened_at >= %(start)s AND lead.opened_at < %(end)s /*filters*/
GROUP BY 1, 2

-- name: wins
-- On which day the won leads of a period were opened and won, and how many days (rounded up) lie between.
SELECT (opened_at AT TIME ZONE %(zone)s)::date AS opened_on, (told_at AT TIME ZONE %(zone)s)::date AS won_on, source,
       ceil(extract(epoch FROM told_at - opened_at) / 86400)::int AS days, count(*) AS leads
FROM (/*won*/) won
GROUP BY 1, 2, 3, 4

-- name: speeds
-- Median days to win by month of opening (month set), by source (source set) and over all (neither).
SELECT date_trunc('month', opened_at AT TIME ZONE %(zone)s)::date AS month, source,
       grouping(date_trunc('month', opened_at AT TIME ZONE %(zone)s)::date) AS all_months, grouping(source) AS all_sources,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY told_at - opened_at) AS days
FROM (/*won*/) won
WHERE told_at >= opened_at
GROUP BY GROUPING SETS ((1), (source), ())

-- name: values
-- What the won leads of a period are worth: how many have a value, sum, median, and the largest.
SELECT count(value) AS count, coalesce(sum(value), 0) AS total, count(*) FILTER (WHERE value = 0) AS zeros,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE value IS NOT NULL) AS median,
       max(value) AS largest, (array_agg(id ORDER BY value DESC NULLS LAST, id))[1] AS lead_id
FROM (/*won*/) won

-- name: disordered
-- The leads of a period that were won before they were opened.
SELECT id, extract(epoch FROM opened_at - told_at) / 86400 AS days_before, count(*) OVER () AS total
FROM (/*won*/) won
WHERE told_at < opened_at
ORDER BY 2 DESC LIMIT 20

-- name: names
-- How leads are called on screen: their contact's name, address or number.
-- Carried by primary keys.
SELECT lead.id,
       coalesce(nullif(trim(contact.first_name || ' ' || contact.last_name), ''), nullif(contact.email, ''),
                'lead ' || coalesce(nullif(lead.external_id, ''), lead.id::text)) AS name
FROM qualify_lead lead JOIN profile_contact contact ON contact.id = lead.contact_id
WHERE lead.id = ANY(%(leads)s)

-- name: last_record
-- The last moment at which anything happened to the leads of a question, whatever the period.
-- Carried by qualify_lead (opened_at, id); without filters by the end of qualify_stagemove (to_stage, at).
SELECT greatest(
    (SELECT max(lead.opened_at) FROM qualify_lead lead WHERE lead.opened_at <= %(as_of)s /*filters*/),
    (SELECT max(move.at) FROM qualify_stagemove move JOIN qualify_lead lead ON lead.id = move.lead_id
     WHERE move.to_stage <> 'new' AND move.at <= %(as_of)s /*filters*/))
