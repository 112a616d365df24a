"""Answers to calls that may be repeated."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A table."""

    dependencies = [("kit", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("caller", models.CharField(max_length=60)),
                ("key", models.CharField(max_length=120)),
                ("request", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField()),
                ("body", models.TextField()),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={
                "constraints": (models.UniqueConstraint(fields=["caller", "key"], name="answer_once"),),
            },
        ),
    ]
