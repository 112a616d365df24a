"""Companies are found by their name, whatever its case."""

from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    """An index."""

    dependencies = [("profile", "0001_initial")]
    operations = [
        migrations.AddIndex("company", models.Index(Lower("name"), name="profile_company_named")),
    ]
