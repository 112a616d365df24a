"""An index of the few contacts that have a role in buying."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows without a role are not in it, so an import pays nothing."""

    dependencies = [
        ("profile", "0013_kept_in_sets"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("buying_role", ""), _negated=True), fields=["buying_role"], name="contact_role"
            ),
        ),
    ]
