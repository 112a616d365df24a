"""Judging writes visitors and message ids for nearly every hit: indexes that nobody asks through are gone.

`varchar_pattern_ops` is for LIKE, which nobody uses on these; room on the pages of visitors keeps their next version there.
"""

import django.db.models.deletion
from django.db import migrations, models

DROP = """
DROP INDEX IF EXISTS capture_visitor_anonymous_id_2760b185_like;
DROP INDEX IF EXISTS capture_seenmessage_message_id_90ddf1d1_like;
ALTER TABLE capture_visitor SET (fillfactor = 70);
"""
MAKE = """
CREATE INDEX capture_visitor_anonymous_id_2760b185_like ON capture_visitor (anonymous_id varchar_pattern_ops);
CREATE INDEX capture_seenmessage_message_id_90ddf1d1_like ON capture_seenmessage (message_id varchar_pattern_ops);
ALTER TABLE capture_visitor RESET (fillfactor);
"""


def _campaign() -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to="attract.campaign",
    )


class Migration(migrations.Migration):
    """Fewer indexes."""

    dependencies = [("capture", "0008_named_mappings")]
    operations = [
        migrations.AlterField(model_name="visitor", name="first_campaign", field=_campaign()),
        migrations.AlterField(model_name="visitor", name="session_campaign", field=_campaign()),
        migrations.RunSQL(DROP, MAKE),
    ]
