"""A rule of the house judges the past in the background, and says how far it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Four columns; the rules that stand have judged the past already."""

    dependencies = [
        ("capture", "0006_submissions"),
    ]

    operations = [
        migrations.AddField(
            model_name="houserule",
            name="is_settled",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="houserule",
            name="past_to",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="houserule",
            name="past_total",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="houserule",
            name="past_done",
            field=models.BigIntegerField(default=0),
        ),
        migrations.RunSQL("UPDATE capture_houserule SET is_settled = TRUE", migrations.RunSQL.noop),
    ]
