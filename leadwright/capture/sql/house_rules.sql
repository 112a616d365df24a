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

-- name: others
-- What the rules of the house that still hold say of some acts: networks before programs, and the oldest first, as for
-- what comes; nothing where none speaks. The rules are few. Carried by the activities' key and the hits' key.
SELECT a.id, a.at, CASE other.is_person WHEN TRUE THEN %(person)s::real WHEN FALSE THEN %(machine)s::real END,
       NULL::jsonb, other.id, ''
FROM unnest(%(ids)s::uuid[], %(ats)s::timestamptz[]) AS chosen (id, at)
JOIN capture_activity a ON a.id = chosen.id AND a.at = chosen.at
LEFT JOIN capture_hit h ON h.id = a.hit_id
LEFT JOIN LATERAL (
    SELECT r.id, r.is_person FROM capture_houserule r
    WHERE r.ended_at IS NULL AND a.at > r.made_at - %(kept)s::interval
      AND CASE r.kind WHEN 'network' THEN h.address <<= r.pattern::inet
                      ELSE strpos(lower(h.user_agent), lower(r.pattern)) > 0 END
    ORDER BY r.kind DESC, r.id LIMIT 1
) AS other ON TRUE

-- name: count_of_rule
-- How many verdicts a rule has given. Carried by verdict_rule.
SELECT count(*) FROM capture_verdict WHERE rule_id = %(rule)s

-- name: of_rule
-- The next verdicts that a rule has given. Carried by verdict_rule; those taken back leave it.
SELECT activity_id, at FROM capture_verdict WHERE rule_id = %(rule)s AND activity_id > %(after)s
ORDER BY activity_id LIMIT %(limit)s
