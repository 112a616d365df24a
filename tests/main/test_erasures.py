"""Forgetting a person reaches every table there is: those of today, and those that are yet to come."""

import json

import pytest
from django.db import connection

from leadwright.capture.models import Activity, Hit, Import, ImportReject
from leadwright.engage.models import MailboxMessage
from leadwright.kit import clock, database, jobs
from leadwright.kit.models import KeptAnswer
from leadwright.kit.registries import ERASERS
from leadwright.profile import consents, erasures
from leadwright.profile.models import Company, Contact
from tests.main import walks
from tests.main.walks import SECRET

pytestmark = pytest.mark.django_db

# Columns that lead to a person, whether or not a foreign key says so.
LEADING = ("contact_id", "contact_uid", "subject_id", "email", "email_key", "rcpt_to", "anonymous_id")
# Tables with such a column that are not about contacts, and why.
OTHERS = {
    "workspace_user": "our own people",
    "account_emailaddress": "our own people",
    "wagtailcore_formsubmission": "not used; our forms go through the collector",
}

LED = """
WITH RECURSIVE kept AS (
    SELECT c.oid, c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
), led AS (
    SELECT oid, name FROM kept WHERE name = 'profile_contact'
    UNION
    SELECT k.oid, k.name FROM led JOIN pg_constraint f ON f.confrelid = led.oid AND f.contype = 'f'
    JOIN kept k ON k.oid = f.conrelid
)
SELECT name FROM led
UNION
SELECT k.name FROM kept k JOIN pg_attribute a ON a.attrelid = k.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE a.attname = ANY(%(leading)s)
ORDER BY name
"""


def covered() -> set[str]:
    """The tables that an eraser answers for."""
    return {table for eraser in ERASERS for table in eraser.tables}


def test_every_table_that_leads_to_a_person_has_an_eraser() -> None:
    led = {row.name for row in database.rows(LED, leading=list(LEADING))}
    assert {"profile_contact", "qualify_stagemove", "engage_message", "capture_activity"} <= led  # the walk walks
    assert sorted(led - covered() - OTHERS.keys()) == []


def test_a_new_table_without_an_eraser_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE one (lead_id bigint REFERENCES qualify_lead); CREATE TABLE two (subject_id uuid)")
    led = {row.name for row in database.rows(LED, leading=list(LEADING))}
    assert led - covered() - OTHERS.keys() == {"one", "two"}


def test_an_eraser_answers_only_for_tables_that_are_there() -> None:
    assert covered() <= set(connection.introspection.table_names(include_views=False)) | {"capture_activity"}


def rows_with(word: str) -> list[tuple[str, str]]:
    """Every row of every table in which a word stands."""
    found: list[tuple[str, str]] = []
    for table in sorted(connection.introspection.table_names()):
        if table.startswith(("django_session", "procrastinate_")):
            continue
        statement = f'SELECT t::text AS line FROM "{table}" t WHERE t::text ILIKE %(word)s'
        found += [(table, row.line[:200]) for row in database.rows(statement, word=f"%{word}%")]
    return found


def test_nothing_anywhere_speaks_of_her_afterwards() -> None:
    world = walks.make()
    her = Contact.objects.get(pk=world.hidden["contact_id"])
    Contact.objects.filter(pk=her.pk).update(company=None)  # a firm is no person
    Company.objects.filter(pk=world.hidden["company_id"]).delete()
    said = consents.Entry(
        her.pk, "letter", consents.State.GRANTED, clock.now(), "form", "I agree", note=f"{SECRET} said"
    )
    consents.record([said])
    payload = {"form": "contact", "fields": {"email": her.email, "message": SECRET}, "anonymousId": f"browser-{SECRET}"}
    Hit.objects.create(received_at=clock.now(), kind="form", message_id="form-1", payload=payload)
    trapped = {"form": "contact", "fields": {"email": her.email, "message": SECRET}, "flags": ["honeypot"]}
    Hit.objects.create(received_at=clock.now(), kind="form", message_id="form-2", payload=trapped)
    jobs.settle()
    MailboxMessage.objects.create(
        rcpt_to=[her.email], subject=SECRET, raw=f"To: {her.email}\r\nSubject: {SECRET}\r\n\r\nDear {SECRET}".encode()
    )
    imported = Import.objects.get()
    ImportReject.objects.create(imported=imported, row_number=2, reason="twice", cells=[her.email, SECRET])
    KeptAnswer.objects.create(
        caller="1", key="1", request="x", status=200, body=json.dumps({"email": her.email}), at=clock.now()
    )
    Activity.objects.filter(kind="track").update(name="Watched a film")  # how a site calls what can be done there stays
    before = {table for table, _ in rows_with(SECRET)}
    assert len(before) >= 10, before
    assert SECRET in json.dumps(erasures.known(her.pk), default=str)
    erasures.erase([her.pk])
    assert rows_with(SECRET) == []
