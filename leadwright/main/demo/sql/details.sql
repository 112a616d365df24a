-- name: personas
-- The persona and the role in buying that a title tells. One pass over the contacts of the market.
UPDATE profile_contact c
SET persona_id = p.id, buying_role = told.role, updated_at = GREATEST(c.updated_at, c.created_at),
    origins = c.origins || jsonb_build_object(
        'persona', jsonb_build_object('from', 'by job title', 'at', %(now)s::text),
        'buying_role', jsonb_build_object('from', 'by job title', 'at', %(now)s::text))
FROM (VALUES ('Head of Operations', 'Operations lead', 'influencer'), ('Plant Manager', 'Operations lead', 'decider'),
             ('Production Manager', 'Operations lead', 'influencer'), ('Shift Leader', 'Operations lead', 'user'),
             ('Head of Maintenance', 'Operations lead', 'user'), ('Energy Manager', 'Energy manager', 'influencer'),
             ('Environment and Energy Officer', 'Energy manager', 'influencer'),
             ('Head of Facilities', 'Energy manager', 'influencer'), ('Technical Manager', 'Energy manager', 'user'),
             ('Managing Director', 'Managing director', 'decider'), ('Owner', 'Managing director', 'decider'),
             ('Chief Financial Officer', 'Managing director', 'economic_buyer'),
             ('Chief Executive', 'Managing director', 'decider'), ('Assistant', NULL, 'gatekeeper'))
     AS told (title, persona, role)
LEFT JOIN attract_persona p ON p.name = told.persona
WHERE c.title = told.title AND c.email_key LIKE '%%-demo.example'

-- name: answers
-- What half of those with an open or won lead told on the phone: machines, who reads the meter, the next audit.
UPDATE profile_contact c
SET custom = c.custom || jsonb_build_object(
        'machines', 5 + (c.id * 37) %% 120,
        'reads_the_meter', (ARRAY['Nobody', 'By hand', 'Another system'])[1 + c.id %% 3],
        'next_audit_on', to_char(%(today)s::date + ((c.id * 13) %% 400)::int - 40, 'YYYY-MM-DD')),
    origins = c.origins || jsonb_build_object(
        'custom', jsonb_build_object('from', 'told on the phone', 'at', %(now)s::text)),
    updated_at = GREATEST(c.updated_at, c.created_at)
WHERE c.id %% 2 = 0 AND EXISTS (SELECT FROM qualify_lead l WHERE l.contact_id = c.id)
  AND c.email_key LIKE '%%-demo.example'

-- name: firms
-- What the annual reports of a third of the firms say.
UPDATE profile_company k
SET custom = k.custom || jsonb_strip_nulls(jsonb_build_object(
        'yearly_power_bill', 40000 + (k.id * 7919) %% 900000,
        'standards', CASE k.id %% 4 WHEN 0 THEN '["ISO 50001"]' WHEN 1 THEN '["ISO 50001", "ISO 14001"]'
                                   WHEN 2 THEN '["EMAS"]' END::jsonb)),
    origins = k.origins || jsonb_build_object(
        'custom', jsonb_build_object('from', 'annual report', 'at', %(now)s::text)),
    updated_at = GREATEST(k.updated_at, k.created_at)
WHERE k.id %% 3 = 0 AND k.domain LIKE '%%-demo.example'
