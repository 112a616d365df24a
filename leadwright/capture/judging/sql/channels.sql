-- name: home
SELECT own_domains::text AS own, passing_domains::text AS passing FROM workspace_workspace ORDER BY id LIMIT 1

-- name: campaigns
-- Campaigns by the code that their links carry as utm_campaign. Carried by the unique code.
SELECT lower(code) AS code, id, channel FROM attract_campaign WHERE code = ANY (SELECT lower(unnest(%(codes)s::text[])))

-- name: channels
SELECT id, channel FROM attract_campaign WHERE id = ANY (%(campaigns)s)

-- name: links
-- Campaigns by the code of their tracked links. Carried by the unique code.
SELECT code, campaign_id FROM attract_trackedlink WHERE code = ANY (%(codes)s)
