"""A contact's first source; entries of the ledger that take others back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Schema only."""

    dependencies = [
        ("profile", "0009_marks_in_place"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="first_source",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AlterField(
            model_name="consent",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "asked to confirm"),
                    ("granted", "granted"),
                    ("withdrawn", "withdrawn"),
                    ("lapsed", "never confirmed"),
                    ("undone", "its import was undone"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="consentrecord",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "asked to confirm"),
                    ("granted", "granted"),
                    ("withdrawn", "withdrawn"),
                    ("lapsed", "never confirmed"),
                    ("undone", "its import was undone"),
                ],
                max_length=10,
            ),
        ),
    ]
