-- name: way
-- The leads opened in a period, and how far each has come until now: `reached` is the first moment at or beyond a
-- stage, `entered` the first move into that very stage.
-- Carried by qualify_lead (opened_at, id) and qualify_stagemove (lead_id, at, id).
SELECT lead.id, lead.opened_at,
       min(move.at) FILTER (WHERE move.to_stage = ANY(%(from_mql)s)) AS mql,
       min(move.at) FILTER (WHERE move.to_stage = ANY(%(from_sal)s)) AS sal,
       min(move.at) FILTER (WHERE move.to_stage = ANY(%(from_sql)s)) AS sql,
       min(move.at) FILTER (WHERE move.to_stage = ANY(%(from_opportunity)s)) AS opportunity,
       min(move.at) FILTER (WHERE move.to_stage = 'won') AS won,
       min(move.at) FILTER (WHERE move.to_stage = 'mql') AS entered_mql,
       min(move.at) FILTER (WHERE move.to_stage = 'sal') AS entered_sal,
       min(move.at) FILTER (WHERE move.to_stage = 'sql') AS entered_sql,
       min(move.at) FILTER (WHERE move.to_stage = 'opportunity') AS entered_opportunity
FROM qualify_lead lead
LEFT JOIN qualify_stagemove move ON move.lead_id = lead.id AND move.at <= %(as_of)s AND move.to_stage <> 'new'
WHERE lead.opened_at >= %(start)s AND lead.opened_at < %(end)s /*filters*/
GROUP BY lead.id

-- name: stages
-- The funnel of a period: how many came how far; median days between recorded neighbours, and since opening.
WITH way AS (/*way*/)
SELECT count(*) AS new, count(mql) AS mql, count(sal) AS sal, count(sql) AS sql, count(opportunity) AS opportunity,
       count(won) AS won,
       count(entered_mql) AS in_mql, count(entered_sal) AS in_sal, count(entered_sql) AS in_sql,
       count(entered_opportunity) AS in_opportunity,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY entered_mql - opened_at)
           FILTER (WHERE entered_mql = mql AND mql >= opened_at) AS between_mql,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY entered_sal - entered_mql)
           FILTER (WHERE entered_sal = sal AND entered_mql <= sal) AS between_sal,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY entered_sql - entered_sal)
           FILTER (WHERE entered_sql = sql AND entered_sal <= sql) AS between_sql,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY entered_opportunity - entered_sql)
           FILTER (WHERE entered_opportunity = opportunity AND entered_sql <= opportunity) AS between_opportunity,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY won - entered_opportunity)
           FILTER (WHERE entered_opportunity <= won) AS between_won,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY mql - opened_at) FILTER (WHERE mql >= opened_at) AS since_mql,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY sal - opened_at) FILTER (WHERE sal >= opened_at) AS since_sal,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY sql - opened_at) FILTER (WHERE sql >= opened_at) AS since_sql,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY opportunity - opened_at)
           FILTER (WHERE opportunity >= opened_at) AS since_opportunity,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY won - opened_at) FILTER (WHERE won >= opened_at) AS since_won
FROM way

-- name: asides
-- The leads of a period that stand aside now, by stage and reason.
-- Carried by qualify_lead (opened_at, id).
SELECT lead.stage, coalesce(reason.label, '') AS reason, count(*) AS leads
FROM qualify_lead lead LEFT JOIN qualify_reason reason ON reason.id = lead.reason_id
WHERE lead.opened_at >= %(start)s AND lead.opened_at < %(end)s AND lead.stage = ANY(%(asides)s) /*filters*/
GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2

-- name: counts
-- How far the leads of a period came, without the days; for the first screen. Same sets as `stages`.
SELECT count(DISTINCT lead.id) AS new,
       count(DISTINCT lead.id) FILTER (WHERE move.to_stage = ANY(%(from_mql)s)) AS mql,
       count(DISTINCT lead.id) FILTER (WHERE move.to_stage = ANY(%(from_sal)s)) AS sal,
       count(DISTINCT lead.id) FILTER (WHERE move.to_stage = ANY(%(from_sql)s)) AS sql,
       count(DISTINCT lead.id) FILTER (WHERE move.to_stage = ANY(%(from_opportunity)s)) AS opportunity,
       count(DISTINCT lead.id) FILTER (WHERE move.to_stage = 'won') AS won
FROM qualify_lead lead
LEFT JOIN qualify_stagemove move ON move.lead_id = lead.id AND move.at <= %(as_of)s AND move.to_stage <> 'new'
WHERE lead.opened_at >= %(start)s AND lead.opened_at < %(end)s /*filters*/
