-- name: unfold
-- What the rows of a chunk say of consent, one line for each row and purpose, with what becomes of it where that needs no
-- ledger to be read. Those of people who have entries of the purpose already, or whom two rows of the chunk speak of,
-- are left blank and judged by the ledger. Carried by the primary key, consent_once, the ledger's index (contact,
-- purpose, …) and the unique email_key of suppressions.
CREATE TEMPORARY TABLE import_consent ON COMMIT DROP AS
WITH said AS (
    SELECT j.row_number, j.record_id AS contact_id, j.verdict = 'create' AS is_new, j.name,
           COALESCE(c.email_key, r.email_key) AS email_key,
           s.purpose, s.given, s.at, s.wording, s.source, s.address, s.told_at, s.confirmed_at
    FROM import_judged j
    JOIN import_row r USING (row_number)
    CROSS JOIN LATERAL jsonb_to_recordset(r.consents) AS s (
        purpose text, given boolean, at timestamptz, wording text, source text, address inet, told_at timestamptz,
        confirmed_at timestamptz)
    LEFT JOIN profile_contact c ON j.verdict <> 'create' AND c.id = j.record_id
    WHERE j.verdict <> 'refuse' AND r.consents IS NOT NULL
), known AS (
    SELECT s.*,
           NOT s.is_new AND (
               EXISTS (SELECT FROM profile_consent k WHERE k.contact_id = s.contact_id AND k.purpose_id = s.purpose)
               OR EXISTS (SELECT FROM profile_consentrecord e
                          WHERE e.contact_id = s.contact_id AND e.purpose_id = s.purpose)
               OR count(*) OVER (PARTITION BY s.contact_id, s.purpose) > 1) AS has_ledger,
           s.given AND EXISTS (SELECT FROM profile_suppression z WHERE z.email_key = ANY (profile_marks(s.email_key)))
               AS is_suppressed
    FROM said s
)
SELECT known.*, NULL::bigint AS record_id,
       p.double_opt_in AND known.given AND known.confirmed_at IS NULL AS is_unconfirmed,
       CASE WHEN is_suppressed THEN 'suppressed'
            WHEN has_ledger THEN NULL
            WHEN NOT known.given THEN 'withdrawn'
            WHEN p.double_opt_in AND known.confirmed_at IS NULL THEN 'unconfirmed'
            ELSE 'granted' END AS outcome
FROM known JOIN profile_purpose p ON p.key = known.purpose

-- name: hold
-- The contacts about whom a chunk states consent, held so that an act of theirs comes before it or after it.
SELECT id FROM profile_contact
WHERE id IN (SELECT j.record_id FROM import_judged j JOIN import_row r USING (row_number)
             WHERE j.verdict IN ('update', 'unchanged') AND r.consents IS NOT NULL)
ORDER BY id FOR NO KEY UPDATE

-- name: by_ledger
-- What must be judged by the ledger, in the order of the file. A temporary table of one chunk.
SELECT row_number, contact_id, purpose, given, at, is_unconfirmed FROM import_consent
WHERE outcome IS NULL ORDER BY row_number, purpose

-- name: judged
-- What the ledger says of them. A temporary table of one chunk.
UPDATE import_consent i SET outcome = told.outcome
FROM unnest(%(rows)s::bigint[], %(purposes)s::text[], %(outcomes)s::text[]) AS told (row_number, purpose, outcome)
WHERE i.row_number = told.row_number AND i.purpose = told.purpose

-- name: tally
-- What becomes of a chunk's statements. A temporary table of one chunk.
SELECT purpose, outcome, count(*) AS found FROM import_consent GROUP BY purpose, outcome

-- name: examples
-- The first rows of each outcome, for previews. A temporary table of one chunk.
SELECT purpose, outcome, row_number, name
FROM (SELECT i.*, row_number() OVER (PARTITION BY purpose, outcome ORDER BY row_number) AS place
      FROM import_consent i WHERE outcome NOT IN ('granted', 'already')) AS ranked
WHERE place <= 3 ORDER BY purpose, outcome, row_number

-- name: words
-- The words that people said yes to. A temporary table of one chunk.
SELECT DISTINCT purpose, wording FROM import_consent WHERE outcome = 'granted'

-- name: number
-- Numbers what becomes an entry, in the order of the file.
UPDATE import_consent i SET record_id = numbered.id
FROM (SELECT row_number, purpose, nextval(pg_get_serial_sequence('profile_consentrecord', 'id')) AS id
      FROM (SELECT row_number, purpose FROM import_consent
            WHERE outcome IN ('granted', 'withdrawn') ORDER BY row_number, purpose) AS ordered) AS numbered
WHERE i.row_number = numbered.row_number AND i.purpose = numbered.purpose

-- name: write
-- Entries of the ledger. The import and the row stand in their proof, so that they can be found and taken back.
INSERT INTO profile_consentrecord
    (id, contact_id, purpose_id, state, wording, version_id, at, source, page, address, actor, note, proof)
SELECT i.record_id, i.contact_id, i.purpose, i.outcome, CASE WHEN i.given THEN i.wording ELSE '' END,
       CASE WHEN i.given THEN w.id END, i.at, %(label)s,
       CASE WHEN i.source ~* '^https?://' THEN left(i.source, 500) ELSE '' END, i.address, %(actor)s,
       left(COALESCE(i.source, ''), 500),
       jsonb_strip_nulls(jsonb_build_object('import', %(id)s::bigint, 'row', i.row_number,
                                            'given_at', i.told_at, 'confirmed_at', i.confirmed_at))
FROM import_consent i
LEFT JOIN unnest(%(purposes)s::text[], %(texts)s::text[], %(versions)s::bigint[]) AS w (purpose, wording, id)
  ON w.purpose = i.purpose AND w.wording = i.wording
WHERE i.record_id IS NOT NULL
ORDER BY i.record_id

-- name: hold_now
-- What holds from now on: what was judged last of each person and purpose. Carried by consent_once.
INSERT INTO profile_consent (contact_id, purpose_id, state, at)
SELECT DISTINCT ON (contact_id, purpose) contact_id, purpose, outcome, at
FROM import_consent WHERE record_id IS NOT NULL
ORDER BY contact_id, purpose, record_id DESC
ON CONFLICT (contact_id, purpose_id) DO UPDATE SET state = excluded.state, at = excluded.at

-- name: moments
-- One moment of each month that has entries.
SELECT min(at) AS at FROM import_consent WHERE record_id IS NOT NULL
GROUP BY date_trunc('month', at AT TIME ZONE 'UTC')

-- name: facts
-- The facts of the entries, for the people's timelines; they name the import, and so start nothing.
SELECT i.at, c.uid, 'consent_' || i.outcome, i.purpose, 'consent', i.record_id::text, '', NULL::bigint,
       jsonb_build_object('record', i.record_id, 'source', %(label)s::text,
                          'wording', CASE WHEN i.given THEN i.wording ELSE '' END)
FROM import_consent i JOIN profile_contact c ON c.id = i.contact_id
WHERE i.record_id IS NOT NULL

-- name: keep
-- What the undo log keeps: the entries and their rows.
CREATE TEMPORARY TABLE import_made ON COMMIT DROP AS
SELECT record_id, row_number, NULL::bigint AS mark FROM import_consent WHERE record_id IS NOT NULL
