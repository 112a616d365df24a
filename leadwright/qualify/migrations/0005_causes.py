"""Notes of changes say of which import they come, so that what follows from an import starts nothing."""

from django.db import migrations, models

CAUSE = """
ALTER TABLE qualify_change ADD COLUMN import_id bigint
    DEFAULT nullif(current_setting('leadwright.import', true), '')::bigint
"""


class Migration(migrations.Migration):
    """The cause of a change; its default serves all triggers."""

    dependencies = [("qualify", "0004_new_contacts")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CAUSE, "ALTER TABLE qualify_change DROP COLUMN import_id")],
            state_operations=[migrations.AddField("change", "import_id", models.BigIntegerField(null=True))],
        )
    ]
