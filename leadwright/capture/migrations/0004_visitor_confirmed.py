"""Browsers that a person was seen to use, and notices to the collector when forms, keys or links change."""

from django.db import migrations, models

NOTICES = """
CREATE FUNCTION capture_snapshot_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY leadwright_snapshot;
    RETURN NULL;
END $$;
CREATE TRIGGER capture_snapshot AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON attract_form
    FOR EACH STATEMENT EXECUTE FUNCTION capture_snapshot_changed();
CREATE TRIGGER capture_snapshot AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON attract_formfield
    FOR EACH STATEMENT EXECUTE FUNCTION capture_snapshot_changed();
CREATE TRIGGER capture_snapshot AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON attract_trackedlink
    FOR EACH STATEMENT EXECUTE FUNCTION capture_snapshot_changed();
CREATE TRIGGER capture_snapshot
    AFTER INSERT OR UPDATE OF scope, hash, allowed_origins, revoked_at OR DELETE OR TRUNCATE ON workspace_apikey
    FOR EACH STATEMENT EXECUTE FUNCTION capture_snapshot_changed();
CREATE TRIGGER capture_snapshot AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON workspace_workspace
    FOR EACH STATEMENT EXECUTE FUNCTION capture_snapshot_changed();
"""

NO_NOTICES = """
DROP TRIGGER capture_snapshot ON attract_form;
DROP TRIGGER capture_snapshot ON attract_formfield;
DROP TRIGGER capture_snapshot ON attract_trackedlink;
DROP TRIGGER capture_snapshot ON workspace_apikey;
DROP TRIGGER capture_snapshot ON workspace_workspace;
DROP FUNCTION capture_snapshot_changed();
"""


class Migration(migrations.Migration):
    """A visitor's confirmation, and notices."""

    dependencies = [("capture", "0003_import_report"), ("workspace", "0001_initial"), ("attract", "0001_initial")]
    operations = [
        migrations.AddField("visitor", "confirmed_at", models.DateTimeField(null=True)),
        migrations.RunSQL(NOTICES, NO_NOTICES),
    ]
