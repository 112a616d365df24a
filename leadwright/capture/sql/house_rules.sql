-- name: wait
-- Waits until the set of hits that is being judged has ended: the next one knows the rules that stand by now. Carried by
-- the primary key.
SELECT tx FROM capture_position WHERE reader = %(reader)s FOR UPDATE

-- name: past
-- The first and the last hit that are kept. Carried by the primary key.
SELECT coalesce(min(id), 0) AS first, coalesce(max(id), 0) AS last FROM capture_hit

-- name: of_agent
-- Activities of some hits whose agent's name contains some words. Carried by the hits' key and the activities' hit.
SELECT a.id, a.at, %(human)s::real, NULL::jsonb, %(rule)s::bigint, ''
FROM capture_hit h JOIN capture_activity a ON a.hit_id = h.id AND a.at >= h.received_at - interval '2 days'
WHERE h.id > %(after)s AND h.id <= %(upto)s
  AND strpos(lower(h.user_agent), lower(%(pattern)s)) > 0 AND a.at > %(since)s AND a.human IS NOT NULL

-- name: of_network
-- The same for the addresses of a network.
SELECT a.id, a.at, %(human)s::real, NULL::jsonb, %(rule)s::bigint, ''
FROM capture_hit h JOIN capture_activity a ON a.hit_id = h.id AND a.at >= h.received_at - interval '2 days'
WHERE h.id > %(after)s AND h.id <= %(upto)s
  AND h.address <<= %(pattern)s::inet AND a.at > %(since)s AND a.human IS NOT NULL

-- name: count_of_rule
-- How many verdicts a rule has given. Carried by verdict_rule.
SELECT count(*) FROM capture_verdict WHERE rule_id = %(rule)s

-- name: of_rule
-- The next verdicts that a rule has given. Carried by verdict_rule; those taken back leave it.
SELECT activity_id, at FROM capture_verdict WHERE rule_id = %(rule)s AND activity_id > %(after)s
ORDER BY activity_id LIMIT %(limit)s
