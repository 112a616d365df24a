"""The ledger of consent, and what visitors answered, are only written to: the database refuses anything else.

Two doors, each opened by name for one transaction (see `consents.opened`): "erasure" may remove entries, for a person
who is forgotten takes her ledger along; "merge" may say to which contact an entry belongs, and nothing else of it.
"""

from django.db import migrations

KEEP = """
CREATE FUNCTION profile_ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    door text := coalesce(current_setting('leadwright.ledger', true), '');
BEGIN
    IF TG_OP = 'DELETE' AND door = 'erasure' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND door = 'merge'
       AND to_jsonb(NEW) - 'contact_id' = to_jsonb(OLD) - 'contact_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The ledger of consent is only written to; write a new entry instead.'
        USING ERRCODE = 'restrict_violation';
END $$;
"""
TABLES = ("profile_consentrecord", "profile_visitorconsent")

# All that an address can be suppressed by. Short enough to be put in the place of its call, so that it costs no call.
MARKS = """
CREATE FUNCTION profile_marks(key text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY[key, 'sha256:' || encode(sha256(convert_to(key, 'UTF8')), 'hex'), 'md5:' || md5(key),
                 '@' || split_part(key, '@', 2)]
$$;
"""


def make(table: str) -> str:
    """The triggers of one table; TRUNCATE has a door for nobody."""
    return f"""
CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION profile_ledger_is_kept();
CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION profile_ledger_is_kept();
"""


def remove(table: str) -> str:
    """Takes them away again."""
    return f"DROP TRIGGER {table}_is_kept ON {table}; DROP TRIGGER {table}_is_not_emptied ON {table};"


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [("profile", "0006_ledger")]

    operations = [
        migrations.RunSQL(MARKS, "DROP FUNCTION profile_marks(text)"),
        migrations.RunSQL(KEEP, "DROP FUNCTION profile_ledger_is_kept()"),
        *(migrations.RunSQL(make(table), remove(table)) for table in TABLES),
    ]
