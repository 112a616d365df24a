"""Fewer indexes of consents: one that begins with the contact serves for it, and nobody asks for all of a purpose. Room
in the pages of contacts, so that what changes no index (when somebody was last seen) is written beside its row."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Four indexes less, with two for LIKE, and room."""

    dependencies = [
        ("profile", "0011_words"),
    ]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="contact",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="consents",
                to="profile.contact",
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="purpose",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="profile.purpose"),
        ),
        migrations.AlterField(
            model_name="consentrecord",
            name="contact",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="consent_records",
                to="profile.contact",
            ),
        ),
        migrations.AlterField(
            model_name="consentrecord",
            name="purpose",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="profile.purpose"),
        ),
        migrations.RunSQL(
            "ALTER TABLE profile_contact SET (fillfactor = 85)", "ALTER TABLE profile_contact RESET (fillfactor)"
        ),
    ]
