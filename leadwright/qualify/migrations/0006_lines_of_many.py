"""Notes a line of the suppression list that is no address, but the fingerprint of one or a whole domain: whom it concerns
is found by whoever takes the note, in one pass for all such lines, and not by whoever writes the line."""

from django.db import migrations, models

FUNCTION = """
CREATE OR REPLACE FUNCTION qualify_note_profile_suppression_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO qualify_change (reader, topic, contact_id)
    SELECT 'segments', 'suppression', c.id FROM {rows} AS t JOIN profile_contact c ON c.email_key = t.email_key
    UNION ALL
    SELECT 'segments', 'line:' || t.email_key, 0 FROM {rows} AS t WHERE t.email_key ~ '^(@|sha256:|md5:)';
    RETURN NULL;
END $$;
"""
FORMER = """
CREATE OR REPLACE FUNCTION qualify_note_profile_suppression_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO qualify_change (reader, topic, contact_id)
    SELECT 'segments', 'suppression', c.id FROM {rows} AS t JOIN profile_contact c ON c.email_key = t.email_key;
    RETURN NULL;
END $$;
"""
EVENTS = (("insert", "came"), ("delete", "went"))


class Migration(migrations.Migration):
    """Two functions replaced, and room for the longest domain."""

    dependencies = [("qualify", "0005_fewer_notes")]
    operations = [
        migrations.AlterField("change", "topic", models.CharField(max_length=260)),
        *(
            migrations.RunSQL(FUNCTION.format(event=event, rows=rows), FORMER.format(event=event, rows=rows))
            for event, rows in EVENTS
        ),
    ]
