"""Forgetting a person reaches every table there is: those of today, and those that are yet to come."""

import json

import pytest
from django.db import connection

from leadwright.capture.models import Activity, Hit, Import, ImportReject
from leadwright.engage import emails, messages
from leadwright.engage.models import MailboxMessage
from leadwright.kit import clock, config, database, jobs
from leadwright.kit.models import KeptAnswer
from leadwright.kit.registries import ERASERS, EXPORTERS
from leadwright.profile import contacts
from leadwright.profile.models import Company, Contact, LegalHold, Purpose
from leadwright.profile.privacy import consents, erasures, exports, suppressions
from tests.main import walks
from tests.main.walks import SECRET

pytestmark = pytest.mark.django_db

# Columns that lead to a person, whether or not a foreign key says so.
LEADING = (
    "contact_id", "contact_uid", "subject_id", "email", "email_key", "rcpt_to", "anonymous_id", "visitor_id",
    "survivor_id", "absorbed_id", "low_id", "high_id", "record_id",
)  # fmt: skip
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


# What is not told to a person who asks, and why.
NOT_TOLD = {
    "kit_keptanswer": "answers of the API, kept for a day, that say what the other tables say",
    "profile_matchkey": "hashed pieces of what the contact's own row says",
    "profile_contactwords": "the words of what the contact's own row says",
    "profile_mergepart": "numbers of rows; the merge itself is told",
    "capture_refusal": "why a hit was not taken, without words of hers",
    "capture_importmade": "numbers of rows that an import made",
}


def told() -> set[str]:
    """The tables that an exporter answers for."""
    return {table for exporter in EXPORTERS for table in exporter.tables}


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


def test_every_table_that_is_erased_is_told_to_whoever_asks() -> None:
    assert sorted(covered() - told() - NOT_TOLD.keys()) == []
    assert sorted(told() - covered()) == []
    assert not NOT_TOLD.keys() & told()


def test_a_kill_between_files_and_tables_is_made_good() -> None:
    world = walks.make()
    her = Contact.objects.get(pk=world.hidden["contact_id"])
    begun = erasures.begin([her.pk], "Cleo")
    jobs.settle(everything=True)
    begun.refresh_from_db()
    assert begun.done_at is not None
    assert not Contact.objects.filter(pk=her.pk).exists()
    assert erasures.go_on() == 0


def test_whoever_is_under_a_legal_hold_is_not_forgotten() -> None:
    world = walks.make()
    her = Contact.objects.get(pk=world.hidden["contact_id"])
    LegalHold.objects.create(contact=her, reason="A dispute", by="Cleo")
    with pytest.raises(erasures.Held, match="legal hold"):
        erasures.erase([her.pk])
    assert Contact.objects.filter(pk=her.pk).exists()


def test_an_import_does_not_bring_a_forgotten_address_back_into_a_mailing() -> None:
    world = walks.make()
    her = Contact.objects.get(pk=world.hidden["contact_id"])
    consents.record([consents.Entry(her.pk, "letter", consents.State.GRANTED, clock.now(), "form", "Yes")])
    erasures.erase([her.pk])
    [again] = contacts.upsert([contacts.Incoming({"email": her.email}, source="import 9")])
    assert [line.reason for line in suppressions.of(Contact.objects.get(pk=again.contact_id).email_key)] == ["erased"]
    version = emails.write(
        name="Again", subject="Again", purpose=Purpose.objects.get(key="letter"), body=[("text", "<p>Hi</p>")]
    )
    assert messages.queue(version, [(again.contact_id, "x")]).held == {"suppressed": 1}


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
    assert SECRET in json.dumps(exports.known(her.pk), default=str)
    files = [config.data_folder() / "imports" / "7" / name for name in ("file.csv", "rejects.csv", "other.csv")]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("email\n" + ("ben@example.com" if path.name == "other.csv" else her.email.upper()))
    waits = Import.objects.create(kind="contacts", file_name="list.csv", path="imports/7/file.csv")
    receipt = erasures.erase([her.pk])
    assert rows_with(SECRET) == []
    assert [path.exists() for path in files] == [False, False, True]
    waits.refresh_from_db()
    assert (waits.state, waits.path) == ("failed", "")
    assert receipt
    assert (receipt.people, receipt.contact_ids, receipt.files) == (1, [], {"files of imports": 2})
    assert receipt.tables["profile_contact"] == 1
    assert receipt.tables["capture_activity"] >= 1
    assert erasures.receipts_of(her.email.upper()) == [receipt]
    assert erasures.receipts_of("ben@example.com") == []
