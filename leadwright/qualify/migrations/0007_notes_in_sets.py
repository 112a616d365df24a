"""Notes of changes are sets: a row for up to 200 contacts that changed alike, not a row for each and for each reader.

A form left eight rows behind, each written, indexed, locked and deleted again. What sees a contact at work and changes
nothing else is noted as `seen`, so that only questions about that are asked again.
"""

from importlib import import_module

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

first = import_module("leadwright.qualify.migrations.0002_triggers")
own = import_module("leadwright.qualify.migrations.0004_what_changed")
lines = import_module("leadwright.qualify.migrations.0006_lines_of_many")

SIZE = 200  # so that a row stays small enough to lie in its table as it is

NOTE = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO qualify_change (reader, topic, contacts)
    SELECT reader, '{topic}', changed.contacts
    FROM (
        SELECT array_agg(numbered.id) AS contacts
        FROM (SELECT found.id, (row_number() OVER () - 1) / {size} AS part FROM ({found}) AS found (id)) AS numbered
        GROUP BY numbered.part
    ) AS changed, unnest(ARRAY[{readers}]) AS reader;
    RETURN NULL;
END $$;
"""
UPDATED = """
CREATE OR REPLACE FUNCTION qualify_note_profile_contact_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO qualify_change (reader, topic, contacts)
    SELECT numbered.reader, numbered.topic, array_agg(numbered.id)
    FROM (
        SELECT note.reader, note.topic, changed.id,
               (row_number() OVER (PARTITION BY note.reader, note.topic) - 1) / {size} AS part
        FROM (
            SELECT came.id, ({went}) IS DISTINCT FROM ({came}) AS is_own,
                   went.last_seen_at IS DISTINCT FROM came.last_seen_at AS is_seen, own.topic
            FROM went JOIN came ON came.id = went.id
            LEFT JOIN LATERAL (
                SELECT CASE WHEN count(*) = 1 THEN left('custom:' || min(one.key), 80) ELSE 'custom' END AS topic
                FROM (
                    SELECT COALESCE(o.key, n.key) AS key
                    FROM jsonb_each(went.custom) AS o FULL JOIN jsonb_each(came.custom) AS n ON n.key = o.key
                    WHERE o.value IS DISTINCT FROM n.value LIMIT 2
                ) AS one
            ) AS own ON went.custom IS DISTINCT FROM came.custom
        ) AS changed
        CROSS JOIN LATERAL (
            SELECT 'scores' AS reader, 'contact' AS topic WHERE changed.is_own OR changed.topic IS NOT NULL
            UNION ALL SELECT 'scores', 'seen' WHERE changed.is_seen
            UNION ALL SELECT 'segments', 'contact' WHERE changed.is_own
            UNION ALL SELECT 'segments', 'seen' WHERE changed.is_seen
            UNION ALL SELECT 'segments', changed.topic WHERE changed.topic IS NOT NULL
        ) AS note
    ) AS numbered
    GROUP BY numbered.reader, numbered.topic, numbered.part;
    RETURN NULL;
END $$;
"""
SUPPRESSED = """
CREATE OR REPLACE FUNCTION qualify_note_profile_suppression_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO qualify_change (reader, topic, contacts)
    SELECT 'segments', 'suppression', array_agg(numbered.id)
    FROM (
        SELECT c.id, (row_number() OVER () - 1) / {size} AS part
        FROM {rows} AS t JOIN profile_contact c ON c.email_key = t.email_key
    ) AS numbered
    GROUP BY numbered.part
    UNION ALL
    SELECT 'segments', 'line:' || t.email_key, ARRAY[0::bigint] FROM {rows} AS t
    WHERE t.email_key ~ '^(@|sha256:|md5:)';
    RETURN NULL;
END $$;
"""
JOIN = f"""
INSERT INTO qualify_change (reader, topic, import_id, contact_id, contacts)
SELECT reader, topic, import_id, 0, array_agg(contact_id)
FROM (SELECT *, (row_number() OVER (PARTITION BY reader, topic, import_id ORDER BY id) - 1) / {SIZE} AS part
      FROM qualify_change) AS numbered
GROUP BY reader, topic, import_id, part ORDER BY min(id);
DELETE FROM qualify_change WHERE contacts = '{{}}';
"""


def functions() -> str:
    """All functions that note, writing sets."""
    made = []
    for table, contacts, topic, readers, events in first.NOTED:
        for event in events:
            name = f"qualify_note_{table}_{event.lower()}"
            found = " UNION ".join(contacts.format(t=each) for each in first.REFERENCING[event][1])
            names = ", ".join(f"'{reader}'" for reader in readers)
            made.append(NOTE.format(name=name, topic=topic, readers=names, found=found, size=SIZE))
    columns = [name for name in own.OWN if name != "last_seen_at"]
    rows = {row: ", ".join(f"{row}.{name}" for name in columns) for row in ("went", "came")}
    listed = [SUPPRESSED.format(event=event, rows=found, size=SIZE) for event, found in lines.EVENTS]
    return "\n".join([*made, UPDATED.format(size=SIZE, **rows), *listed])


class Migration(migrations.Migration):
    """One column becomes a set of its values, and the functions write sets."""

    dependencies = [("qualify", "0006_lines_of_many")]
    operations = [
        migrations.AddField(
            "change", "contacts", ArrayField(models.BigIntegerField(), default=list), preserve_default=False
        ),
        migrations.RunSQL(JOIN, migrations.RunSQL.noop),
        migrations.RemoveField("change", "contact_id"),
        migrations.RunSQL(functions(), migrations.RunSQL.noop),
    ]
