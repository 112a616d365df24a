"""Lets the search indexes collect what is new and take it in at once: entry by entry it was a third of an insert."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

INDEXES = {"company": "company_search", "contact": "contact_search"}


class Migration(migrations.Migration):
    """The two indexes stay as they are; only how they take in changes."""

    dependencies = [("profile", "0003_duplicates_and_merges")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"ALTER INDEX {name} SET (fastupdate = on)", f"ALTER INDEX {name} SET (fastupdate = off)"
                )
            ],
            state_operations=[
                migrations.RemoveIndex(model, name),
                migrations.AddIndex(model, GinIndex(name=name, fields=["search"], fastupdate=True)),
            ],
        )
        for model, name in INDEXES.items()
    ]
