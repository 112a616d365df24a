"""Triggers that note, in the transaction of a change, which contacts the readers of this package must look at again.

One row per statement and contact and reader, written from the statement's transition tables: a bulk import costs one
more INSERT, not one per row.
"""

from django.db import migrations

# (table, what one row of its transition table `t` names as contacts, topic, readers, events)
CONTACT = "SELECT t.id FROM {t} AS t"
OF_CONTACT = "SELECT t.contact_id FROM {t} AS t"
OF_COMPANY = "SELECT c.id FROM {t} AS t JOIN profile_contact c ON c.company_id = t.id"
OF_ADDRESS = "SELECT c.id FROM {t} AS t JOIN profile_contact c ON c.email_key = t.email_key"
OF_STITCH = "SELECT t.contact_id FROM {t} AS t WHERE t.kind <> 'self'"
BOTH = ("segments", "scores")
ONE = ("segments",)
NOTED = (
    ("profile_contact", CONTACT, "new", BOTH, ("INSERT",)),  # every question must be asked about it
    ("profile_contact", CONTACT, "contact", BOTH, ("UPDATE",)),
    ("profile_company", OF_COMPANY, "company", BOTH, ("UPDATE",)),
    ("profile_identity", OF_STITCH, "identity", BOTH, ("INSERT", "UPDATE", "DELETE")),
    ("profile_consent", OF_CONTACT, "consent", ONE, ("INSERT", "UPDATE")),
    ("profile_suppression", OF_ADDRESS, "suppression", ONE, ("INSERT", "DELETE")),
    ("qualify_lead", OF_CONTACT, "lead", ONE, ("INSERT", "UPDATE", "DELETE")),
    ("qualify_score", OF_CONTACT, "score", ONE, ("INSERT", "UPDATE")),
)
REFERENCING = {
    "INSERT": ("NEW TABLE AS came", ("came",)),
    "UPDATE": ("OLD TABLE AS went NEW TABLE AS came", ("went", "came")),
    "DELETE": ("OLD TABLE AS went", ("went",)),
}


def statements() -> tuple[str, str]:
    """The SQL that makes all triggers, and the SQL that removes them."""
    make, remove = [], []
    for table, contacts, topic, readers, events in NOTED:
        for event in events:
            name = f"qualify_note_{table}_{event.lower()}"
            referencing, tables = REFERENCING[event]
            found = " UNION ".join(contacts.format(t=each) for each in tables)
            names = ", ".join(f"'{reader}'" for reader in readers)
            make.append(f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO qualify_change (reader, topic, contact_id)
    SELECT reader, '{topic}', found.id FROM ({found}) AS found (id), unnest(ARRAY[{names}]) AS reader;
    RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {referencing}
FOR EACH STATEMENT EXECUTE FUNCTION {name}();""")
            remove.append(f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();")
    return "\n".join(make), "\n".join(remove)


# Notes of changes say of which import they come, so that what follows from an import starts nothing; the default serves
# all triggers.
CAUSE = """
ALTER TABLE qualify_change ALTER COLUMN import_id
    SET DEFAULT nullif(current_setting('leadwright.import', true), '')::bigint
"""


class Migration(migrations.Migration):
    """Change notes."""

    dependencies = [
        ("qualify", "0001_initial"),
        ("profile", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(*statements()),
        migrations.RunSQL(CAUSE, "ALTER TABLE qualify_change ALTER COLUMN import_id DROP DEFAULT"),
    ]
