"""Fewer indexes of leads and their moves, as one that begins with the same column serves; and triggers that fire also
where leads and consents are written in trust (docs/decisions/0024)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TRIGGERS = {
    "qualify_lead": ("qualify_note_qualify_lead_insert", "qualify_note_qualify_lead_update"),
    "profile_consent": ("qualify_note_profile_consent_insert", "qualify_note_profile_consent_update"),
}


class Migration(migrations.Migration):
    """Four indexes less, one smaller, and four triggers that fire in every session."""

    dependencies = [
        ("attract", "0004_told_addresses"),
        ("profile", "0012_fewer_indexes"),
        ("qualify", "0007_notes_in_sets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="lead",
            name="contact",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="leads", to="profile.contact"
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="external_id",
            field=models.CharField(blank=True, max_length=120, null=True),
        ),
        migrations.AlterField(
            model_name="lead",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="stagemove",
            name="lead",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="moves", to="qualify.lead"
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id__isnull", False)), fields=("external_id",), name="lead_external"
            ),
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}", f"ALTER TABLE {table} ENABLE TRIGGER {name}"
            )
            for table, names in TRIGGERS.items()
            for name in names
        ),
    ]
