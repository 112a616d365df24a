"""Custom fields, their indexes, and what values were before, kept by triggers that no writer can forget."""

import django.db.models.deletion
from django.db import migrations, models

import leadwright.kit.clock

# One row for each value that an update replaces. Only updates that change one pay: WHEN is asked before the function.
COLUMNS = {
    "contact": [
        "email",
        "external_id",
        "first_name",
        "last_name",
        "title",
        "phone",
        "country",
        "city",
        "language",
        "time_zone",
        "buying_stage",
        "buying_role",
        "company_id",
        "owner_id",
        "persona_id",
    ],
    "company": ["name", "domain", "industry", "size", "country", "city", "owner_id"],
}
KEEP = """
ALTER TABLE profile_pastvalue ADD CONSTRAINT past_{of}_known
    FOREIGN KEY ({of}_id) REFERENCES profile_{of} (id) ON DELETE CASCADE;
CREATE FUNCTION profile_keep_{of}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO profile_pastvalue ({of}_id, field, value, origin, until)
    SELECT OLD.id, v.field, v.was, OLD.origins -> v.origin, NEW.updated_at
    FROM (VALUES {compared}) AS v (field, origin, was, becomes)
    WHERE v.was IS DISTINCT FROM v.becomes AND v.was NOT IN ('""', 'null')
    UNION ALL
    SELECT OLD.id, left('custom.' || o.key, 80), o.value,
           COALESCE(OLD.origins -> ('custom.' || o.key), OLD.origins -> 'custom'), NEW.updated_at
    FROM jsonb_each(CASE WHEN OLD.custom = NEW.custom THEN '{{}}' ELSE OLD.custom END) AS o
    WHERE o.value IS DISTINCT FROM NEW.custom -> o.key;
    RETURN NULL;
END $$;
CREATE TRIGGER profile_keep_{of} AFTER UPDATE ON profile_{of} FOR EACH ROW
WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION profile_keep_{of}();
"""
DROP = """
DROP TRIGGER profile_keep_{of} ON profile_{of};
DROP FUNCTION profile_keep_{of}();
ALTER TABLE profile_pastvalue DROP CONSTRAINT past_{of}_known;
"""


def keep(of: str) -> str:
    """The statements that keep past values of a table."""
    compared = ", ".join(
        f"('{name}', '{name.removesuffix('_id') if name != 'external_id' else name}', "
        f"to_jsonb(OLD.{name}), to_jsonb(NEW.{name}))"
        for name in COLUMNS[of]
    )
    old, new = (", ".join(f"{row}.{name}" for name in (*COLUMNS[of], "custom")) for row in ("OLD", "NEW"))
    return KEEP.format(of=of, compared=compared, old=old, new=new)


class Migration(migrations.Migration):
    """Definitions, indexes, past values."""

    dependencies = [
        ("profile", "0004_quick_search"),
    ]

    operations = [
        migrations.CreateModel(
            name="FieldIndex",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("of", models.CharField(choices=[("contact", "Contacts"), ("company", "Companies")], max_length=10)),
                ("key", models.CharField(max_length=60)),
                ("shape", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=63, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("wanted", "Wanted"), ("ready", "Ready"), ("failed", "Failed")],
                        default="wanted",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField(default=leadwright.kit.clock.now)),
                ("made_at", models.DateTimeField(null=True)),
                ("trouble", models.CharField(blank=True, max_length=250)),
            ],
        ),
        migrations.AddField(
            model_name="company",
            name="origins",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                help_text="Field -> where its value came from.",
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="buying_role",
            field=models.CharField(
                blank=True,
                choices=[
                    ("decider", "Decider"),
                    ("economic_buyer", "Economic buyer"),
                    ("influencer", "Influencer"),
                    ("user", "User"),
                    ("gatekeeper", "Gatekeeper"),
                ],
                db_default="",
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="CustomField",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "of",
                    models.CharField(
                        choices=[("contact", "Contacts"), ("company", "Companies")],
                        max_length=10,
                        verbose_name="belongs to",
                    ),
                ),
                ("key", models.CharField(max_length=60)),
                ("label", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("long_text", "Long text"),
                            ("number", "Number"),
                            ("money", "Amount of money"),
                            ("date", "Day"),
                            ("moment", "Day and time"),
                            ("yes_no", "Yes or no"),
                            ("choice", "One of several"),
                            ("choices", "Some of several"),
                            ("url", "Web address"),
                            ("email", "E-mail address"),
                            ("phone", "Phone number"),
                            ("country", "Country"),
                            ("user", "User"),
                        ],
                        max_length=12,
                    ),
                ),
                ("options", models.JSONField(blank=True, default=list)),
                ("help", models.CharField(blank=True, max_length=250)),
                ("group", models.CharField(blank=True, max_length=80)),
                ("position", models.PositiveIntegerField(default=0)),
                ("is_personal", models.BooleanField(default=False, verbose_name="personal data")),
                ("is_required", models.BooleanField(default=False, verbose_name="required in the console")),
                ("is_unique", models.BooleanField(default=False, verbose_name="unique")),
                ("lowest", models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ("highest", models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ("longest", models.PositiveIntegerField(blank=True, null=True)),
                ("pattern", models.CharField(blank=True, max_length=200)),
                ("says", models.CharField(blank=True, max_length=200, verbose_name="what it says of other values")),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=leadwright.kit.clock.now)),
                ("updated_at", models.DateTimeField(default=leadwright.kit.clock.now)),
                ("version", models.BigIntegerField(default=0, editable=False)),
            ],
            options={
                "ordering": ("of", "position", "pk"),
                "permissions": [("view_personal_values", "Can see the values of personal fields")],
                "constraints": [models.UniqueConstraint(fields=("of", "key"), name="custom_field_once")],
            },
        ),
        migrations.CreateModel(
            name="PastValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=80)),
                ("value", models.JSONField()),
                ("origin", models.JSONField(null=True)),
                ("until", models.DateTimeField()),
                (
                    "company",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="past_values",
                        to="profile.company",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="past_values",
                        to="profile.contact",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("contact__isnull", False)),
                        fields=["contact", "-id"],
                        name="past_of_contact",
                    ),
                    models.Index(
                        condition=models.Q(("company__isnull", False)),
                        fields=["company", "-id"],
                        name="past_of_company",
                    ),
                ],
            },
        ),
        *(migrations.RunSQL(keep(of), DROP.format(of=of)) for of in COLUMNS),
    ]
