"""Fewer notes of a changed contact: one for the scores, which ask all fit rules again anyway, and one or two for the
segments: `contact`, and `custom:<key>` where one custom field has changed, `custom` where several have."""

from importlib import import_module

from django.db import migrations

before = import_module("leadwright.qualify.migrations.0004_what_changed")
FUNCTION = """
CREATE OR REPLACE FUNCTION qualify_note_profile_contact_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO qualify_change (reader, topic, contact_id)
    SELECT note.reader, note.topic, changed.id
    FROM (
        SELECT came.id, ({went}) IS DISTINCT FROM ({came}) AS is_own, own.topic
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
        UNION ALL SELECT 'segments', 'contact' WHERE changed.is_own
        UNION ALL SELECT 'segments', changed.topic WHERE changed.topic IS NOT NULL
    ) AS note;
    RETURN NULL;
END $$;
"""


def filled(function: str) -> str:
    """A function with the contact's own columns."""
    rows = {row: ", ".join(f"{row}.{name}" for name in before.OWN) for row in ("went", "came")}
    return function.format(**rows)


class Migration(migrations.Migration):
    """One function replaced."""

    dependencies = [("qualify", "0004_what_changed")]
    operations = [migrations.RunSQL(filled(FUNCTION), filled(before.FUNCTION))]
