"""The words of a search in narrow tables of their own, kept by triggers; indexes that new records pay less for."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Addresses, numbers and compounds in their parts, as a search takes them apart. Whole addresses are not among the words:
# the unique index on the address finds those.
WORDS = {
    "contact": (
        "translate({row}.first_name || ' ' || {row}.last_name || ' ' || {row}.title || ' ' "
        "|| coalesce({row}.external_id, '') || ' ' || {row}.email, '@./_+-', '      ')"
    ),
    "company": "translate({row}.name || ' ' || {row}.city || ' ' || coalesce({row}.domain, ''), '@./_+-', '      ')",
}
NAMES = {
    "contact": ("first_name", "last_name", "title", "external_id", "email"),
    "company": ("name", "city", "domain"),
}
# A bulk writer that sets leadwright.words to 'later' pays one row a statement here; `profile.searches` follows.
KEEP = """
CREATE FUNCTION profile_words(told profile_{of}) RETURNS tsvector LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('simple', {told})
$$;
CREATE FUNCTION profile_find_{of}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('leadwright.words', true) = 'later' THEN
        INSERT INTO profile_wordsdue (kind, first_id, last_id)
        SELECT '{of}', min(id), max(id) FROM came HAVING count(*) > 0;
    ELSE
        INSERT INTO profile_{of}words ({of}_id, words) SELECT came.id, to_tsvector('simple', {came}) FROM came
        ON CONFLICT ({of}_id) DO UPDATE SET words = excluded.words;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION profile_find_changed_{of}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO profile_{of}words ({of}_id, words) SELECT NEW.id, to_tsvector('simple', {NEW})
    ON CONFLICT ({of}_id) DO UPDATE SET words = excluded.words;
    RETURN NULL;
END $$;
CREATE FUNCTION profile_find_no_{of}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM profile_{of}words w USING went WHERE w.{of}_id = went.id;
    RETURN NULL;
END $$;
CREATE TRIGGER profile_find_{of} AFTER INSERT ON profile_{of} REFERENCING NEW TABLE AS came
FOR EACH STATEMENT EXECUTE FUNCTION profile_find_{of}();
CREATE TRIGGER profile_find_changed_{of} AFTER UPDATE ON profile_{of} FOR EACH ROW
WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION profile_find_changed_{of}();
CREATE TRIGGER profile_find_no_{of} AFTER DELETE ON profile_{of} REFERENCING OLD TABLE AS went
FOR EACH STATEMENT EXECUTE FUNCTION profile_find_no_{of}();
ALTER TABLE profile_{of} ENABLE ALWAYS TRIGGER profile_find_{of};
ALTER TABLE profile_{of} ENABLE ALWAYS TRIGGER profile_find_changed_{of};
ALTER TABLE profile_{of} ENABLE ALWAYS TRIGGER profile_find_no_{of};
"""
DROP = """
DROP TRIGGER profile_find_no_{of} ON profile_{of};
DROP TRIGGER profile_find_changed_{of} ON profile_{of};
DROP TRIGGER profile_find_{of} ON profile_{of};
DROP FUNCTION profile_find_no_{of}();
DROP FUNCTION profile_find_changed_{of}();
DROP FUNCTION profile_find_{of}();
DROP FUNCTION profile_words(profile_{of});
"""
# What is there already becomes findable in the background, ten thousand at a time.
DUE = """
INSERT INTO profile_wordsdue (kind, first_id, last_id)
SELECT '{of}', min(id), max(id) FROM profile_{of} GROUP BY id / 10000 ORDER BY 2
"""


def keep(of: str) -> str:
    """The statements that keep the words of a table."""
    words = {row: WORDS[of].format(row=row) for row in ("told", "came", "NEW")}
    old, new = (", ".join(f"{row}.{name}" for name in NAMES[of]) for row in ("OLD", "NEW"))
    return KEEP.format(of=of, old=old, new=new, **words)


class Migration(migrations.Migration):
    """Words, and indexes."""

    dependencies = [
        ("attract", "0003_more_channels"),
        ("profile", "0010_statements"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CompanyWords",
            fields=[
                (
                    "company",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="sought_by",
                        serialize=False,
                        to="profile.company",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
        ),
        migrations.CreateModel(
            name="ContactWords",
            fields=[
                (
                    "contact",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="sought_by",
                        serialize=False,
                        to="profile.contact",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
        ),
        migrations.CreateModel(
            name="WordsDue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("contact", "Contacts"), ("company", "Companies")], max_length=10)),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name="company",
            name="profile_com_created_5601dd_idx",
        ),
        migrations.RemoveIndex(
            model_name="company",
            name="company_search",
        ),
        migrations.RemoveIndex(
            model_name="contact",
            name="profile_con_created_e04dc2_idx",
        ),
        migrations.RemoveIndex(
            model_name="contact",
            name="profile_con_updated_75070e_idx",
        ),
        migrations.RemoveIndex(
            model_name="contact",
            name="contact_search",
        ),
        migrations.RemoveField(
            model_name="company",
            name="search",
        ),
        migrations.RemoveField(
            model_name="contact",
            name="search",
        ),
        migrations.AlterField(
            model_name="company",
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
            model_name="contact",
            name="company",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="contacts",
                to="profile.company",
            ),
        ),
        migrations.AlterField(
            model_name="contact",
            name="first_campaign",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="attract.campaign",
            ),
        ),
        migrations.AlterField(
            model_name="contact",
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
            model_name="contact",
            name="persona",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="attract.persona",
            ),
        ),
        migrations.AddIndex(
            model_name="company",
            index=models.Index(fields=["created_at", "id"], name="company_created"),
        ),
        migrations.AddIndex(
            model_name="company",
            index=models.Index(condition=models.Q(("owner__isnull", False)), fields=["owner"], name="company_owner"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["created_at", "id"], name="contact_created"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["updated_at", "id"], name="contact_updated"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("company__isnull", False)), fields=["company"], name="contact_company"
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(condition=models.Q(("owner__isnull", False)), fields=["owner"], name="contact_owner"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("persona__isnull", False)), fields=["persona"], name="contact_persona"
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("first_campaign__isnull", False)),
                fields=["first_campaign"],
                name="contact_first_campaign",
            ),
        ),
        migrations.AddIndex(
            model_name="companywords",
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=True, fields=["words"], name="company_words"),
        ),
        migrations.AddIndex(
            model_name="contactwords",
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=True, fields=["words"], name="contact_words"),
        ),
        *(migrations.RunSQL(keep(of), DROP.format(of=of)) for of in WORDS),
        *(migrations.RunSQL(DUE.format(of=of), "DELETE FROM profile_wordsdue") for of in WORDS),
    ]
