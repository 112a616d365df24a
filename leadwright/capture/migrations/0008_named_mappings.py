"""Mappings may be named and know their headers; imports count what became of consents."""

import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Schema only."""

    dependencies = [
        ("capture", "0007_the_past_of_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="savedmapping",
            name="mapping_once",
        ),
        migrations.AddField(
            model_name="import",
            name="statements",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="savedmapping",
            name="columns",
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddConstraint(
            model_name="savedmapping",
            constraint=models.UniqueConstraint(
                models.F("kind"), models.F("headers"), condition=models.Q(("name", "")), name="mapping_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedmapping",
            constraint=models.UniqueConstraint(
                models.F("kind"),
                django.db.models.functions.text.Lower("name"),
                condition=models.Q(("name", ""), _negated=True),
                name="mapping_named",
            ),
        ),
    ]
