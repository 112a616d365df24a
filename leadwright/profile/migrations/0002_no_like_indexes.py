"""Drops what Django makes beside each unique text: indexes for LIKE, which nobody asks of these; each row wrote them."""

from django.db import migrations

LIKE = {
    "profile_contact_email_key_bbd665e4_like": "profile_contact (email_key varchar_pattern_ops)",
    "profile_contact_external_id_8df6d325_like": "profile_contact (external_id varchar_pattern_ops)",
    "profile_company_domain_4bea8426_like": "profile_company (domain varchar_pattern_ops)",
}


class Migration(migrations.Migration):
    """Three indexes less."""

    dependencies = [("profile", "0001_initial")]

    operations = [
        migrations.RunSQL(f"DROP INDEX IF EXISTS {name}", f"CREATE INDEX {name} ON {what}")
        for name, what in LIKE.items()
    ]
