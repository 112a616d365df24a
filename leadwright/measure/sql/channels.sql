-- name: by_channel
-- The size of a set of leads by channel. Carried by what carries the set, then qualify_lead's primary key.
SELECT lead.channel AS key, count(*) AS leads
FROM (/*set*/) s JOIN qualify_lead lead ON lead.id = s.lead_id
GROUP BY 1

-- name: by_campaign
-- The size of a set of leads by campaign (0: none). Carried by what carries the set, then qualify_lead's primary key.
SELECT coalesce(lead.campaign_id, 0) AS key, count(*) AS leads
FROM (/*set*/) s JOIN qualify_lead lead ON lead.id = s.lead_id
GROUP BY 1

-- name: spend
-- Money spent in a period, by channel and campaign. A scan of attract_spend, one row a campaign and day.
SELECT campaign.channel, campaign.id AS campaign, sum(spend.amount) AS amount
FROM attract_spend spend JOIN attract_campaign campaign ON campaign.id = spend.campaign_id
WHERE spend.spent_on >= %(first_day)s AND spend.spent_on <= %(last_day)s
  AND (%(channel)s::text IS NULL OR campaign.channel = %(channel)s)
  AND (NOT %(by_campaign)s OR campaign.id IS NOT DISTINCT FROM %(campaign)s::bigint)
GROUP BY 1, 2
