"""Notes of changed contacts say in what they changed, so that only questions about that are asked again.

Before, every update of a contact was noted as `contact`, also where only its `last_seen_at` or one custom field had
changed. Now the contact's own columns are `contact`, up to three custom fields `custom:<key>` each, more of them
`custom`; an update that changes none of these (`origins`, `updated_at`) leaves no note.
"""

from django.db import migrations, models

OWN = [
    "email",
    "email_key",
    "external_id",
    "first_name",
    "last_name",
    "title",
    "phone",
    "country",
    "city",
    "language",
    "time_zone",
    "buying_stage",
    "buying_role",
    "company_id",
    "owner_id",
    "persona_id",
    "first_channel",
    "first_campaign_id",
    "last_seen_at",
    "created_at",
]
FUNCTION = """
CREATE OR REPLACE FUNCTION qualify_note_profile_contact_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO qualify_change (reader, topic, contact_id)
    SELECT reader, found.topic, found.id
    FROM (
        SELECT came.id, what.topic
        FROM went JOIN came ON came.id = went.id
        CROSS JOIN LATERAL (
            SELECT 'contact' AS topic WHERE ({went}) IS DISTINCT FROM ({came})
            UNION ALL
            SELECT unnest(CASE WHEN cardinality(own.topics) <= 3 THEN own.topics ELSE ARRAY['custom'] END)
            FROM (
                SELECT ARRAY(
                    SELECT left('custom:' || COALESCE(o.key, n.key), 80)
                    FROM jsonb_each(went.custom) AS o FULL JOIN jsonb_each(came.custom) AS n ON n.key = o.key
                    WHERE o.value IS DISTINCT FROM n.value LIMIT 4
                ) AS topics
                WHERE went.custom IS DISTINCT FROM came.custom
            ) AS own
        ) AS what
    ) AS found, unnest(ARRAY['segments', 'scores']) AS reader;
    RETURN NULL;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION qualify_note_profile_contact_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO qualify_change (reader, topic, contact_id)
    SELECT reader, 'contact', found.id
    FROM (SELECT t.id FROM went AS t UNION SELECT t.id FROM came AS t) AS found (id),
         unnest(ARRAY['segments', 'scores']) AS reader;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    """One function replaced, and room for a key."""

    dependencies = [("qualify", "0003_always"), ("profile", "0005_fields")]
    operations = [
        migrations.AlterField("change", "topic", models.CharField(max_length=80)),
        migrations.RunSQL(
            FUNCTION.format(**{row: ", ".join(f"{row}.{name}" for name in OWN) for row in ("went", "came")}), BEFORE
        ),
    ]
