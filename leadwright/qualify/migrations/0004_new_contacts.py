"""A new contact is noted as `new`, not as a changed one: every question must be asked about it."""

from django.db import migrations

NOTE = """
CREATE OR REPLACE FUNCTION qualify_note_profile_contact_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO qualify_change (reader, topic, contact_id)
    SELECT reader, '{topic}', came.id FROM came, unnest(ARRAY['segments', 'scores']) AS reader;
    RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    """The topic of new contacts."""

    dependencies = [("qualify", "0003_triggers")]
    operations = [migrations.RunSQL(NOTE.format(topic="new"), NOTE.format(topic="contact"))]
