"""Whoever may see reports has a permission for it."""

from django.db import migrations


class Migration(migrations.Migration):
    """Adds the permission `measure.view_report`."""

    dependencies = [("measure", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(name="goal", options={"permissions": [("view_report", "Can view reports")]}),
    ]
