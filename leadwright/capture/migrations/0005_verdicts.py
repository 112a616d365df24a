"""Verdicts: what is thought by now of who did an activity, and the two ways of reading the log that know of them."""

from django.db import migrations, models

import leadwright.kit.clock

# The log with what counts by now in place of what was written with each fact. Everybody who asks "did a person do this?"
# reads this. The few verdicts are found by their key, or hashed where many activities are read.
JUDGED = """
CREATE VIEW capture_judged AS
SELECT a.id, a.seq, a.tx, a.at, a.recorded_at, a.subject_id, a.kind, a.name, a.object_kind, a.object_id, a.channel,
       a.campaign_id, a.session_id, coalesce(v.human, a.human) AS human,
       CASE WHEN v.human IS NULL THEN a.reasons
            WHEN v.by_person IS NOT NULL THEN a.reasons || '["marked"]'::jsonb
            WHEN v.by_rule IS NOT NULL THEN a.reasons || '["house_rule"]'::jsonb
            ELSE a.reasons || v.evidence END AS reasons,
       a.properties, a.hit_id, a.human AS human_at_first
FROM capture_activity a LEFT JOIN capture_verdict v ON v.activity_id = a.id
"""

# The log as a follower hears it: each fact in its turn, and once more when a verdict turned what counts.
TOLD = """
CREATE VIEW capture_told AS
SELECT j.* FROM capture_judged j
UNION ALL
SELECT o.id, t.seq, t.tx, o.at, t.recorded_at, o.subject_id, o.kind, o.name, o.object_kind, o.object_id, o.channel,
       o.campaign_id, o.session_id, o.human, o.reasons, o.properties, o.hit_id, o.human_at_first
FROM capture_activity t
JOIN capture_judged o ON o.id = CASE WHEN t.kind = 'judged_again' THEN t.object_id::uuid END
                     AND o.at = (t.properties ->> 'at')::timestamptz
WHERE t.kind = 'judged_again'
"""


class Migration(migrations.Migration):
    """Verdicts, clicks in mails, rules of the house, and refusals that were judged again."""

    dependencies = [
        ("capture", "0004_made_in_chunks"),
    ]

    operations = [
        migrations.CreateModel(
            name="HouseRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("agent", "Program"), ("network", "Network")], max_length=10)),
                ("pattern", models.CharField(max_length=250)),
                ("is_person", models.BooleanField()),
                ("made_at", models.DateTimeField(default=leadwright.kit.clock.now)),
                ("made_by", models.CharField(max_length=150)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name="MailClick",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("contact_uid", models.UUIDField()),
                ("message", models.BigIntegerField()),
                ("hit_id", models.BigIntegerField(unique=True)),
                ("at", models.DateTimeField(db_index=True)),
                ("url", models.TextField()),
                ("is_canary", models.BooleanField(default=False)),
                ("address", models.GenericIPAddressField(null=True)),
                ("user_agent", models.TextField(blank=True)),
                ("visitor_id", models.UUIDField(null=True)),
                ("activity_id", models.UUIDField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Verdict",
            fields=[
                ("activity_id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("by_person", models.FloatField(null=True)),
                ("by_rule", models.FloatField(null=True)),
                ("by_evidence", models.FloatField(null=True)),
                ("human", models.FloatField(null=True)),
                ("evidence", models.JSONField(default=list)),
                ("rule_id", models.BigIntegerField(null=True)),
                ("marked_by", models.CharField(blank=True, max_length=150)),
                ("decided_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="refusal",
            name="again_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="refusal",
            name="again_by",
            field=models.CharField(blank=True, db_default="", max_length=150),
        ),
        migrations.AlterField(
            model_name="refusal",
            name="reason",
            field=models.CharField(max_length=40),
        ),
        migrations.AddIndex(
            model_name="refusal",
            index=models.Index(fields=["reason", "-received_at"], name="refusal_reason"),
        ),
        migrations.AddIndex(
            model_name="mailclick",
            index=models.Index(fields=["contact_uid", "message"], name="mailclick_message"),
        ),
        migrations.AddIndex(
            model_name="mailclick",
            index=models.Index(fields=["visitor_id"], name="mailclick_visitor"),
        ),
        migrations.AddIndex(
            model_name="verdict",
            index=models.Index(fields=["-decided_at"], name="verdict_decided"),
        ),
        migrations.AddIndex(
            model_name="verdict",
            index=models.Index(condition=models.Q(("rule_id__isnull", False)), fields=["rule_id"], name="verdict_rule"),
        ),
        migrations.RunSQL(JUDGED, "DROP VIEW capture_judged"),
        migrations.RunSQL(TOLD, "DROP VIEW capture_told"),
    ]
