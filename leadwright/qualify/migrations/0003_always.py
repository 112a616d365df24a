"""Lets the notes of changes be written whatever a session says of foreign keys: imports switch those checks off."""

from django.db import migrations

# What an import writes with `kit.database.trusted`: a trigger of ours on one of these fires always.
TRIGGERS = {
    "profile_contact": "qualify_note_profile_contact_insert",
    "profile_identity": "qualify_note_profile_identity_insert",
}


class Migration(migrations.Migration):
    """Two triggers fire in every session."""

    dependencies = [("qualify", "0002_triggers")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}", f"ALTER TABLE {table} ENABLE TRIGGER {name}"
        )
        for table, name in TRIGGERS.items()
    ]
