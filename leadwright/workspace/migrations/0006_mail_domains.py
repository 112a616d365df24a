"""What the firm says of mail domains."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import leadwright.kit.clock


class Migration(migrations.Migration):
    """Schema only."""

    dependencies = [
        ("workspace", "0005_passing_domains"),
    ]

    operations = [
        migrations.CreateModel(
            name="MailDomain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("domain", models.CharField(max_length=253, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("free", "Free mail: anybody gets an address there"),
                            ("disposable", "Throw-away: addresses there last for minutes"),
                            ("firm", "A firm's own domain, whatever the lists say"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField(default=leadwright.kit.clock.now)),
                (
                    "user",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("domain",),
            },
        ),
    ]
