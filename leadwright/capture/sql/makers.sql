-- name: apart
-- Of the acts of a time: how many there were, by people, by machines and judged again, in all (the first row) and apart
-- by one of their columns. One scan of the months that the time touches; the verdicts are few.
SELECT {by} AS key, count(*) AS everything,
       count(*) FILTER (WHERE a.human >= 0.5) AS people,
       count(*) FILTER (WHERE a.human < 0.3) AS machines,
       count(*) FILTER (WHERE a.human IS DISTINCT FROM a.human_at_first) AS judged_again
FROM capture_judged a
LEFT JOIN attract_campaign c ON c.id = a.campaign_id
WHERE {where}
GROUP BY GROUPING SETS (({by}), ()) ORDER BY grouping({by}) DESC, 2 DESC, 1 LIMIT 51

-- name: total
-- The same in one line, with how many were judged again.
SELECT count(*) AS everything,
       count(*) FILTER (WHERE a.human >= 0.5) AS people,
       count(*) FILTER (WHERE a.human < 0.3) AS machines,
       count(*) FILTER (WHERE a.human IS DISTINCT FROM a.human_at_first) AS judged_again
FROM capture_judged a WHERE {where}

-- name: reasons
-- How often each piece of evidence spoke in the latest acts, and how the acts count of which it spoke. The acts come in
-- order by the primary keys of the months, and no more are read than are asked for.
SELECT reason AS key, count(*) AS everything,
       count(*) FILTER (WHERE a.human >= 0.5) AS people,
       count(*) FILTER (WHERE a.human < 0.3) AS machines
FROM (SELECT a.human, a.reasons, a.hit_id FROM capture_judged a WHERE {where} ORDER BY a.id DESC LIMIT %(most)s) a
CROSS JOIN jsonb_array_elements_text(a.reasons) AS reason
GROUP BY 1 ORDER BY 2 DESC

-- name: agents
-- The programs whose latest acts were judged a machine's most often, as long as their hits are kept; as above, and the
-- hits by their primary key.
SELECT h.user_agent AS key, count(*) AS everything,
       count(*) FILTER (WHERE a.human >= 0.5) AS people,
       count(*) FILTER (WHERE a.human < 0.3) AS machines
FROM (SELECT a.human, a.reasons, a.hit_id FROM capture_judged a WHERE {where} ORDER BY a.id DESC LIMIT %(most)s) a
JOIN capture_hit h ON h.id = a.hit_id
GROUP BY 1 HAVING count(*) FILTER (WHERE a.human < 0.5) > 0 ORDER BY 4 DESC, 2 DESC LIMIT 12

-- name: networks
-- The same for networks: the /24 of an IPv4, the /48 of an IPv6 address.
SELECT network(set_masklen(h.address, CASE family(h.address) WHEN 4 THEN 24 ELSE 48 END))::text AS key,
       count(*) AS everything,
       count(*) FILTER (WHERE a.human >= 0.5) AS people,
       count(*) FILTER (WHERE a.human < 0.3) AS machines
FROM (SELECT a.human, a.reasons, a.hit_id FROM capture_judged a WHERE {where} ORDER BY a.id DESC LIMIT %(most)s) a
JOIN capture_hit h ON h.id = a.hit_id
WHERE h.address IS NOT NULL
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
