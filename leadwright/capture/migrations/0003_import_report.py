"""Room for what an import's preview and report say, and for warnings beside refusals."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Preview, report, warnings."""

    dependencies = [("capture", "0002_log")]
    operations = [
        migrations.AddField("import", "preview", models.JSONField(default=dict)),
        migrations.AddField("import", "report", models.JSONField(default=dict)),
        migrations.AddField("import", "warned", models.BigIntegerField(default=0)),
        migrations.AddField("importreject", "is_warning", models.BooleanField(default=False)),
    ]
