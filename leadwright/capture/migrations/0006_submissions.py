"""What is kept aside, files that came with forms, links to resources; the facts of forms are found quickly."""

from django.db import migrations, models

# Numbers of forms: what happened on a form in some days, found without looking at anything else.
FACTS = """
CREATE INDEX capture_activity_forms ON capture_activity (at)
WHERE kind = 'form_submitted'
   OR (kind = 'track' AND name IN ('Form viewed', 'Form started', 'Form abandoned'));
"""

# The collector's snapshot knows the variants of forms and what resources allow.
NOTICES = """
CREATE TRIGGER capture_snapshot AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON attract_formvariant
    FOR EACH STATEMENT EXECUTE FUNCTION capture_snapshot_changed();
CREATE TRIGGER capture_snapshot AFTER INSERT OR UPDATE OF open_days OR DELETE OR TRUNCATE ON attract_resourcepage
    FOR EACH STATEMENT EXECUTE FUNCTION capture_snapshot_changed();
"""


class Migration(migrations.Migration):
    """Three tables and an index."""

    dependencies = [
        ("attract", "0002_forms_for_real"),
        ("capture", "0005_verdicts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Handout",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("page_id", models.BigIntegerField()),
                ("count", models.IntegerField(default=0)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("message_id", models.CharField(db_index=True, max_length=100)),
                ("form_code", models.CharField(max_length=60)),
                ("question", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=10)),
                ("size", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                ("subject_id", models.UUIDField(db_index=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="HeldSubmission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.CharField(max_length=100, unique=True)),
                ("form_code", models.CharField(max_length=60)),
                ("received_at", models.DateTimeField()),
                ("address", models.GenericIPAddressField(null=True)),
                ("user_agent", models.TextField(default="")),
                ("email", models.CharField(db_index=True, default="", max_length=254)),
                ("reasons", models.JSONField(default=list)),
                ("payload", models.JSONField()),
            ],
            options={
                "verbose_name": "quarantined submission",
                "indexes": [models.Index(fields=["-received_at", "-id"], name="capture_held_newest")],
            },
        ),
        migrations.RunSQL(FACTS, "DROP INDEX capture_activity_forms"),
        migrations.RunSQL(
            NOTICES,
            "DROP TRIGGER capture_snapshot ON attract_formvariant; "
            "DROP TRIGGER capture_snapshot ON attract_resourcepage",
        ),
    ]
