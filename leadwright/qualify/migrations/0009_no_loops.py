"""The note of changed contacts joins what was with what is by hash or by merge only: its plan is kept for as long as a
session lasts, and one made for a first update of one row compared each of 2,000 rows with each other one (2.5 s)."""

from django.db import migrations


class Migration(migrations.Migration):
    """One function gets a setting."""

    dependencies = [("qualify", "0008_fewer_indexes")]
    operations = [
        migrations.RunSQL(
            "ALTER FUNCTION qualify_note_profile_contact_update() SET enable_nestloop = off",
            "ALTER FUNCTION qualify_note_profile_contact_update() RESET enable_nestloop",
        )
    ]
