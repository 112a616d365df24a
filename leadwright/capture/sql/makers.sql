-- name: counts
-- Of the acts of a time: how many there were, by people and by machines, apart by one of their columns. A scan of the
-- months that the time touches; the verdicts are few.
SELECT {by} AS key, count(*) AS everything,
       count(*) FILTER (WHERE a.human >= 0.5) AS people,
       count(*) FILTER (WHERE a.human < 0.3) AS machines
FROM capture_judged a
LEFT JOIN attract_campaign c ON c.id = a.campaign_id
WHERE {where}
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50

-- name: total
-- The same in one line, with how many were judged again.
SELECT count(*) AS everything,
       count(*) FILTER (WHERE a.human >= 0.5) AS people,
       count(*) FILTER (WHERE a.human < 0.3) AS machines,
       count(*) FILTER (WHERE a.human IS DISTINCT FROM a.human_at_first) AS judged_again
FROM capture_judged a WHERE {where}

-- name: reasons
-- How often each piece of evidence spoke, and how the acts count of which it spoke. A scan, as above.
SELECT reason AS key, count(*) AS everything,
       count(*) FILTER (WHERE a.human >= 0.5) AS people,
       count(*) FILTER (WHERE a.human < 0.3) AS machines
FROM capture_judged a CROSS JOIN jsonb_array_elements_text(a.reasons) AS reason
WHERE {where}
GROUP BY 1 ORDER BY 2 DESC

-- name: agents
-- The programs whose acts were judged a machine's most often, as long as their hits are kept. A hash of the hits.
SELECT h.user_agent AS key, count(*) AS everything,
       count(*) FILTER (WHERE a.human >= 0.5) AS people,
       count(*) FILTER (WHERE a.human < 0.3) AS machines
FROM capture_judged a JOIN capture_hit h ON h.id = a.hit_id
WHERE {where}
GROUP BY 1 HAVING count(*) FILTER (WHERE a.human < 0.5) > 0 ORDER BY 4 DESC, 2 DESC LIMIT 12

-- name: networks
-- The same for networks: the /24 of an IPv4, the /48 of an IPv6 address.
SELECT network(set_masklen(h.address, CASE family(h.address) WHEN 4 THEN 24 ELSE 48 END))::text AS key,
       count(*) AS everything,
       count(*) FILTER (WHERE a.human >= 0.5) AS people,
       count(*) FILTER (WHERE a.human < 0.3) AS machines
FROM capture_judged a JOIN capture_hit h ON h.id = a.hit_id
WHERE h.address IS NOT NULL AND {where}
GROUP BY 1 HAVING count(*) FILTER (WHERE a.human < 0.5) > 0 ORDER BY 4 DESC, 2 DESC LIMIT 12

-- name: sample
-- The latest of these acts, with what is known of the contact and of the hit behind each. Carried by the primary keys
-- of the months, whose ids sort by time.
SELECT a.id, a.at, a.kind, a.name, a.channel, a.human, a.human_at_first, a.reasons::text AS reasons,
       h.user_agent, host(h.address) AS address, k.id AS contact_id, k.email,
       v.by_person IS NOT NULL AS is_marked, v.marked_by
FROM capture_judged a
LEFT JOIN capture_hit h ON h.id = a.hit_id
LEFT JOIN capture_verdict v ON v.activity_id = a.id
LEFT JOIN profile_identity i ON i.subject_id = a.subject_id
LEFT JOIN profile_contact k ON k.id = i.contact_id
WHERE {where}
ORDER BY a.id DESC LIMIT %(limit)s

-- name: emails
-- The subjects of the mails of a time that were opened or clicked, for the filter.
SELECT DISTINCT a.name FROM capture_activity a
WHERE a.at >= %(since)s AND a.object_kind = 'message' AND a.human IS NOT NULL AND a.name <> '' ORDER BY 1 LIMIT 200
