"""A large installation: contacts in their firms with what they allowed and did, by set-based SQL into the real tables.

Triggers rest meanwhile, and each index is taken away and built anew at the end, as tight as after a restore; a million
contacts with their words, consents, leads, scores and activities come in some minutes.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

FIELDS = 300
FULL = 20_000  # contacts, the newest, with a value in each custom field; the others have one
BIG = 3_000  # people of the largest firm
FIRMS = 50  # contacts to a firm
ACTS = 4  # acts to a contact, spread over a year

COMPANIES = """
INSERT INTO profile_company (name, domain, industry, size, country, city, custom, created_at, updated_at, owner_id)
SELECT 'Firm ' || n, 'firm' || n || '.example', '', n %% 900, 'DE', 'City' || n %% 300, '{}',
       %(now)s - n * interval '3 minutes', %(now)s, CASE WHEN n %% 3 = 0 THEN %(user)s END
FROM generate_series(1, %(firms)s) AS n
"""
CONTACTS = """
INSERT INTO profile_contact (uid, email, email_key, external_id, first_name, last_name, title, phone, country, city,
    language, time_zone, buying_stage, buying_role, first_channel, first_source, company_id, owner_id, custom, origins,
    created_at, updated_at, last_seen_at)
SELECT gen_random_uuid(), lower(first) || '.' || lower(last) || n || '@firm' || firm || '.example',
    lower(first) || '.' || lower(last) || n || '@firm' || firm || '.example', 'x' || n, first, last,
    (ARRAY['Head of Operations', 'Buyer', 'Engineer', 'Managing director'])[1 + n %% 4], '+49 30 ' || n, 'DE',
    'City' || firm %% 300, 'de', 'Europe/Berlin', (ARRAY['awareness', 'consideration', 'decision'])[1 + n %% 3],
    CASE WHEN n > %(size)s - %(big)s THEN (ARRAY['', 'champion', 'user', 'decider'])[1 + n %% 4] ELSE '' END,
    (ARRAY['Organic Search', 'Paid Search', 'Direct', 'Email'])[1 + n %% 4], '', %(company)s + firm - 1,
    CASE WHEN n %% 7 = 0 THEN %(user)s END,
    jsonb_build_object('f0', n) || CASE WHEN n > %(size)s - %(full)s THEN %(own)s::jsonb ELSE '{}' END, '{}',
    %(now)s - (%(size)s - n) * %(step)s, %(now)s - (%(size)s - n) * %(step)s,
    CASE WHEN n %% 2 = 0 THEN %(now)s - (n %% 400) * interval '1 day' END
FROM (
    SELECT n, 'P' || (n * 7919) %% 300 AS first, 'Okafor' || (n * 104729) %% 4000 AS last,
           CASE WHEN n > %(size)s - %(big)s THEN 1 ELSE 1 + n %% %(firms)s END AS firm
    FROM generate_series(1, %(size)s::bigint) AS n
) AS told
"""
FOLLOWING = (
    "INSERT INTO profile_contactwords (contact_id, words) SELECT id, profile_words(c) FROM profile_contact c",
    "INSERT INTO profile_companywords (company_id, words) SELECT id, profile_words(c) FROM profile_company c",
    """INSERT INTO profile_identity (subject_id, contact_id, kind, since, evidence)
       SELECT uid, id, 'self', created_at, '' FROM profile_contact""",
    """INSERT INTO profile_consent (contact_id, purpose_id, state, at)
       SELECT id, 'letter', CASE id %% 10 WHEN 0 THEN 'withdrawn' WHEN 1 THEN 'pending' ELSE 'granted' END, created_at
       FROM profile_contact WHERE id %% 2 = 0""",
    """INSERT INTO profile_suppression (email_key, reason, at, source)
       SELECT email_key, 'bounced', created_at, '' FROM profile_contact WHERE id %% 5 = 0""",
    """INSERT INTO qualify_score (contact_id, fit, engagement_level, is_hot, updated_at)
       SELECT id, id %% 100, CASE WHEN id %% 3 = 0 THEN 1000 + (id %% 7919) / 100.0 END, id %% 1000 = 0, created_at
       FROM profile_contact""",
    """INSERT INTO qualify_lead (contact_id, stage, stage_since, interest, source, channel, custom, opened_at,
           created_at, updated_at, owner_id)
       SELECT id, (ARRAY['new', 'mql', 'sal', 'sql', 'won'])[1 + id %% 5], created_at, 'Demo', '', first_channel, '{}',
           created_at, created_at, created_at, owner_id FROM profile_contact WHERE id %% 5 = 0""",
    """INSERT INTO qualify_member (segment_id, contact_id, since)
       SELECT s.id, c.id, c.created_at FROM qualify_segment s CROSS JOIN profile_contact c WHERE c.id %% 3 = 0""",
    """INSERT INTO profile_duplicate (kind, low_id, high_id, probability, evidence, state, found_at)
       SELECT 'contact', id, id + 1, 0.5 + (id %% 50) / 100.0, '[]', 'open', created_at
       FROM profile_contact c WHERE id %% 20 = 0 AND EXISTS (SELECT FROM profile_contact o WHERE o.id = c.id + 1)""",
    """INSERT INTO capture_hit (id, received_at, kind, message_id, address, user_agent, payload)
       SELECT id * 1000, %(now)s - (id %% 43000) * interval '1 minute', 'page', 'm' || id, '198.51.100.7',
           'Mozilla/5.0 (X11; Linux x86_64) Chrome/1' || id %% 40, '{"type": "page"}' FROM profile_contact""",
    """INSERT INTO capture_activity (id, at, recorded_at, subject_id, kind, name, channel, human, reasons, hit_id)
       SELECT uuidv7(at - clock_timestamp()), at, at, uid, kind,
           CASE kind WHEN 'page' THEN 'Page ' || id %% 40 ELSE '' END, first_channel,
           (ARRAY[0.9, 0.9, 0.4, 0.05])[1 + id %% 4],
           (ARRAY['["browser"]', '["browser", "scrolled"]', '[]', '["known_agent"]'])[1 + id %% 4]::jsonb,
           CASE WHEN turn = 0 THEN id * 1000 END
       FROM (SELECT c.id, c.uid, c.first_channel, turn,
                    (ARRAY['page', 'page', 'email_opened', 'form_submitted'])[1 + turn] AS kind,
                    %(now)s - turn * interval '90 days' - (c.id %% 43000) * interval '1 minute' AS at
             FROM profile_contact c CROSS JOIN generate_series(0, %(acts)s - 1) AS turn) AS acts""",
    """INSERT INTO capture_refusal (hit_id, received_at, reason, detail)
       SELECT id * 1000 + 1, %(now)s - (id %% 43000) * interval '1 minute',
           (ARRAY['repeated', 'unknown_kind', 'privacy'])[1 + id %% 3], '' FROM profile_contact""",
)
TABLES = (
    "profile_company", "profile_contact", "profile_contactwords", "profile_companywords", "profile_identity",
    "profile_consent", "profile_suppression", "qualify_score", "qualify_lead", "qualify_member", "profile_duplicate",
    "capture_hit", "capture_activity", "capture_refusal",
)  # fmt: skip


def gather(size: int) -> None:
    """So many contacts, one in FIRMS of them a firm, and all that belongs to them; `letter` is their purpose."""
    from django.db import connection

    from leadwright.kit import clock
    from leadwright.profile.models import CustomField, Purpose
    from leadwright.qualify.models import Segment
    from leadwright.workspace.models import Role, User

    define()
    now = clock.now()
    Purpose.objects.get_or_create(key="letter", defaults={"name": "Letter"})
    Segment.objects.create(name="A third", conditions={"all": []}, size=size // 3, refreshed_at=now)
    user = User.objects.create_user("rita@firm.example", name="Rita", role=Role.REP)
    kinds = dict(CustomField.objects.values_list("key", "kind"))
    values = {"number": 12.5, "text": "words of usual length", "date": "2026-03-31", "yes_no": True, "choice": "gold"}
    own = json.dumps({key: values[kind] for key, kind in kinds.items() if key != "f0"})
    told: dict[str, Any] = {
        "size": size, "firms": max(1, size // FIRMS), "big": min(BIG, size), "full": FULL, "own": own, "now": now,
        "user": user.pk, "step": _step(size), "acts": ACTS,
    }  # fmt: skip
    with connection.cursor() as cursor, _bare(cursor):
        cursor.execute("SELECT capture_partition((%s::date - n * 30)) FROM generate_series(0, 13) AS n", [now])
        cursor.execute(COMPANIES, told)
        cursor.execute("SELECT min(id) FROM profile_company")
        cursor.execute(CONTACTS, told | {"company": cursor.fetchone()[0]})
        for statement in FOLLOWING:
            cursor.execute(statement, told)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _step(size: int) -> timedelta:
    """Between two contacts' coming, so that all came within two years."""
    return timedelta(days=730) / size


def define() -> None:
    """So many custom fields of each kind."""
    from leadwright.profile.models import CustomField

    kinds = ("number", "text", "date", "yes_no", "choice", "text")
    options = [{"key": each, "label": each, "is_retired": False} for each in ("gold", "silver", "none")]
    for n in range(FIELDS):
        kind = kinds[n % len(kinds)]
        told = options if kind == "choice" else []
        CustomField(
            of="contact", key=f"f{n}", label=f"Field {n}", kind=kind, options=told, position=n,
            group=f"Group {n // 20}",
            tidied_to=None,
        ).save()  # fmt: skip


@contextmanager
def _bare(cursor: Any) -> Iterator[None]:
    """Within, no trigger runs and no index but the keys is kept; after it, all are as before."""
    run = cursor.execute
    run(
        """
        SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
        WHERE t.relname = ANY(%s) AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
        """,
        [list(TABLES)],
    )
    found = cursor.fetchall()
    run("SET synchronous_commit = off; SET maintenance_work_mem = '1GB'")
    for table in TABLES:
        run(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    for name, _ in found:
        run(f"DROP INDEX {name}")
    try:
        yield
    finally:
        for _, definition in found:
            run(definition.replace(" ON ONLY ", " ON "))
        for table in TABLES:
            run(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        run("RESET synchronous_commit; RESET maintenance_work_mem")
