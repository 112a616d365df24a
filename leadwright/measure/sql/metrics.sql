-- name: value_won
-- What the leads won in a period are worth. Carried by what carries `reached`, then qualify_lead's primary key.
SELECT coalesce(sum(lead.value), 0) FROM (/*won*/) s JOIN qualify_lead lead ON lead.id = s.lead_id

-- name: spend
-- Money spent on campaigns within the days of a period. A scan of attract_spend, one row a campaign and day.
SELECT coalesce(sum(spend.amount), 0)
FROM attract_spend spend JOIN attract_campaign campaign ON campaign.id = spend.campaign_id
WHERE spend.spent_on >= %(first_day)s AND spend.spent_on <= %(last_day)s
  AND (%(channel)s::text IS NULL OR campaign.channel = %(channel)s)
  AND (NOT %(by_campaign)s OR campaign.id IS NOT DISTINCT FROM %(campaign)s::bigint)
