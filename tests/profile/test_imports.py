"""Contacts from files: matched, changed, taken back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwright.attract.models import Campaign
from leadwright.capture.imports import mappings, runs, tables
from leadwright.capture.models import Import, ImportChange, ImportReject
from leadwright.profile.fields import definitions
from leadwright.profile.imports import CONTACTS, _is_plain_number
from leadwright.profile.models import Company, Contact, Identity, Suppression

pytestmark = pytest.mark.django_db

Write = Callable[[str], Path]
HEAD = "Email,First Name,Last Name,Company\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(text: str, name: str = "people.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return make


def take(path: Path, raw: dict[str, Any] | None = None) -> Import:
    done = runs.import_file(CONTACTS, path, raw)
    assert done.state == Import.State.DONE, done.error
    return done


def counts(done: Import) -> tuple[int, int, int, int]:
    return done.created, done.updated, done.unchanged, done.rejected


def undo(done: Import) -> dict[str, Any]:
    runs.start_undo(done)
    undone = runs.undo(done.pk)
    assert undone.state == Import.State.UNDONE, undone.error
    return {name: undone.report[name] for name in ("deleted", "restored", "conflicts")}


def test_new_people_become_contacts_with_a_company_and_an_identity(write: Write) -> None:
    done = take(write(HEAD + "Ada@Nordwind.example,Ada,Okafor,Nordwind\nben@gmail.com,Ben,,\n"))
    assert counts(done) == (2, 0, 0, 0)
    ada = Contact.objects.get(email_key="ada@nordwind.example")
    assert (ada.email, ada.first_name, ada.last_name) == ("Ada@Nordwind.example", "Ada", "Okafor")
    assert ada.company is not None
    assert (ada.company.name, ada.company.domain) == ("Nordwind", "nordwind.example")
    assert Identity.objects.get(contact=ada).subject_id == ada.uid
    assert ada.origins["email"]["from"] == f"import {done.pk}"
    assert Contact.objects.get(email_key="ben@gmail.com").company is None


def test_names_from_a_file_are_tidied_as_those_of_forms(write: Write) -> None:
    head = "Email,First Name,Last Name,Full Name\n"
    told = (
        "ada@x.example,ADA,VAN DER BERG,",
        "ben@x.example,BEN,,",
        'cleo@x.example,,,"Cleo Moreau, Jr."',
        "dan@x.example,,,DAN MCKAY",
        "eve@x.example,Eve,MacDONALD,",
        "zoe@x.example,Zoe\u0308,de Vries,",
        "aj@x.example,AJ,LO,",
    )
    take(write(head + "\n".join(told) + "\n"))
    assert list(Contact.objects.order_by("email").values_list("first_name", "last_name")) == [
        ("Ada", "van der Berg"),
        ("Aj", "Lo"),
        ("BEN", ""),
        ("Cleo", "Moreau, Jr."),
        ("Dan", "McKay"),
        ("Eve", "MacDONALD"),
        ("Zo\u00eb", "de Vries"),
    ]


def test_the_same_file_again_changes_nothing(write: Write) -> None:
    path = write(HEAD + "ada@nordwind.example,Ada,Okafor,Nordwind\n")
    take(path)
    again = take(path)
    assert counts(again) == (0, 0, 1, 0)
    assert not ImportChange.objects.filter(imported=again).exists()


def test_a_known_contact_gets_what_is_new_and_a_blank_cell_says_nothing(write: Write) -> None:
    take(write(HEAD + "ada@nordwind.example,Ada,Okafor,Nordwind\n"))
    done = take(write(HEAD + "ADA@nordwind.example,Ada Maria,,\n"))
    assert counts(done) == (0, 1, 0, 0)
    ada = Contact.objects.get()
    assert (ada.first_name, ada.last_name) == ("Ada Maria", "Okafor")
    change = ImportChange.objects.get(imported=done)
    assert change.before is not None
    assert change.before["first_name"] == "Ada"


def test_fill_takes_only_what_the_contact_lacks(write: Write) -> None:
    columns = {"Email": "email", "First Name": "first_name", "Last Name": "last_name"}
    take(write(HEAD + "ada@nordwind.example,Ada,,\n"))
    take(write(HEAD + "ada@nordwind.example,Other,Okafor,\n"), {"columns": columns, "update": "fill"})
    ada = Contact.objects.get()
    assert (ada.first_name, ada.last_name) == ("Ada", "Okafor")


def test_a_preview_shows_old_and_new_values_and_writes_nothing(write: Write) -> None:
    take(write(HEAD + "ada@nordwind.example,Ada,Okafor,Nordwind\n"))
    path = write(HEAD + "ada@nordwind.example,Ada Maria,Okafor,\nnew@x.example,New,One,\nnobody,,,\nnew@x.example,,,\n")
    imported = runs.keep(CONTACTS, path.name, path)
    table = tables.open_as(path)
    found = runs.preview(imported, runs.guess(CONTACTS, table))
    assert (found.created, found.updated, found.rejected, found.duplicates) == (1, 1, 2, 1)
    assert found.examples["updated"][0]["changes"] == [["first_name", "Ada", "Ada Maria"]]
    assert "Row" not in found.examples["rejected"][0]["reason"]
    assert Contact.objects.count() == 1
    assert not ImportChange.objects.filter(imported=imported).exists()


def test_refused_rows_say_why(write: Write) -> None:
    done = take(
        write(HEAD + "not-an-address,A,B,\n,No,Key,\nada@nordwind.example,Ada,,\nADA@nordwind.example,Again,,\n")
    )
    assert counts(done) == (1, 0, 0, 3)
    reasons = list(ImportReject.objects.order_by("row_number").values_list("row_number", "reason"))
    assert [number for number, _ in reasons] == [2, 3, 5]
    assert reasons[0][1].startswith("Email: “not-an-address” is not an e-mail address")
    assert "neither an e-mail address nor an external id" in reasons[1][1]
    assert reasons[2][1] == "Duplicate in the file: row 4 has the same e-mail, and that one is taken."
    assert Contact.objects.get().first_name == "Ada"


def test_a_contact_without_an_address_is_found_by_its_external_id(write: Write) -> None:
    take(write("id,first name\n17,Ada\n"))
    done = take(write("id,email\n17,ada@nordwind.example\n"))
    assert counts(done) == (0, 1, 0, 0)
    ada = Contact.objects.get()
    assert (ada.external_id, ada.email_key, ada.first_name) == ("17", "ada@nordwind.example", "Ada")


def test_a_row_whose_keys_belong_to_two_people_is_refused(write: Write) -> None:
    take(write("id,email\n1,ada@x.example\n2,ben@x.example\n"))
    done = take(write("id,email\n1,ben@x.example\n"))
    assert counts(done) == (0, 0, 0, 1)
    assert "two different contacts" in ImportReject.objects.get().reason


def test_own_fields_are_typed_and_merged(write: Write) -> None:
    raw = {
        "columns": {
            "Email": "email",
            "Seats": {"to": "custom.seats", "type": "number"},
            "Pro": {"to": "custom.pro", "type": "boolean"},
        }
    }
    take(write("Email,Seats,Pro\nada@x.example,12,yes\n"), raw)
    done = take(write("Email,Seats,Pro\nada@x.example,13,\n"), raw)
    assert Contact.objects.get().custom == {"seats": 13, "pro": True}
    undo(done)
    assert Contact.objects.get().custom == {"seats": 12, "pro": True}


def test_undo_removes_what_was_made_and_restores_what_was_changed(write: Write) -> None:
    take(write(HEAD + "ada@nordwind.example,Ada,Okafor,Nordwind\n"))
    before = Contact.objects.values().get()
    done = take(write(HEAD + "ada@nordwind.example,Eve,Other,Elsewhere\nnew@new.example,New,One,New\n"))
    assert undo(done) == {"deleted": 1, "restored": 1, "conflicts": 0}
    after = Contact.objects.values().get()
    assert {**after, "updated_at": None} == {**before, "updated_at": None}
    assert list(Company.objects.values_list("name", flat=True)) == ["Nordwind"]
    assert Identity.objects.count() == 1


def test_undo_keeps_what_somebody_changed_since_and_says_so(write: Write) -> None:
    take(write(HEAD + "ada@nordwind.example,Ada,Okafor,\n"))
    done = take(write(HEAD + "ada@nordwind.example,Eve,Other,\nnew@new.example,New,One,\n"))
    Contact.objects.filter(email_key="ada@nordwind.example").update(last_name="Married")
    Contact.objects.filter(email_key="new@new.example").update(title="Boss")
    Contact.objects.filter(email_key="new@new.example").update(last_name="Two")
    assert undo(done) == {"deleted": 0, "restored": 0, "conflicts": 2}
    ada = Contact.objects.get(email_key="ada@nordwind.example")
    assert (ada.first_name, ada.last_name) == ("Ada", "Married")
    assert Contact.objects.filter(email_key="new@new.example").exists()
    done.refresh_from_db()
    assert {each["row"] for each in done.report["examples"]} == {2, 3}


def test_a_suppression_stands_whatever_is_imported(write: Write) -> None:
    Suppression.objects.create(email_key="ben@x.example", reason="complaint")
    take(write(HEAD + "ben@x.example,Ben,,\n"))
    assert Suppression.objects.filter(email_key="ben@x.example").exists()


def test_a_mapping_needs_a_column_that_says_who_it_is(write: Write) -> None:
    path = write("First Name\nAda\n")
    with pytest.raises(mappings.BadMapping, match="No column fills “email” or “external_id”"):
        runs.import_file(CONTACTS, path, None)
    assert not Import.objects.exists()


@given(
    st.builds(
        "+{}{}".format,
        st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)),
        st.from_regex(r"[0-9]{4,12}", fullmatch=True),
    )
)
def test_a_number_that_is_taken_as_it_stands_is_what_it_would_become(cell: str) -> None:
    if _is_plain_number(cell):
        number = phonenumbers.parse(cell)
        assert phonenumbers.is_possible_number(number)
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == cell


@pytest.mark.parametrize(("cell", "is_plain"), [("+493012345678", True), ("+49030123456", False), ("+1", False)])
def test_only_whole_numbers_are_taken_as_they_stand(cell: str, is_plain: bool) -> None:
    assert _is_plain_number(cell) is is_plain


def test_a_row_with_somebody_elses_unique_value_is_refused(write: Write) -> None:
    definitions.make("contact", "Badge", "number", is_unique=True)
    raw = {"columns": {"Email": "email", "Badge": "custom.badge"}}
    take(write("Email,Badge\nada@x.example,7\n"), raw)
    done = take(write("Email,Badge\nada@x.example,7\nben@x.example,7\ncleo@x.example,8\ndan@x.example,8\n"), raw)
    assert counts(done) == (1, 0, 1, 2)
    assert {each.reason for each in ImportReject.objects.all()} == {
        "Another record has this Badge already; it must be unique."
    }


def test_campaign_source_and_channel_say_how_somebody_came_first_and_stay(write: Write) -> None:
    fair = Campaign.objects.create(name="Fair 2026", code="fair-26", channel="Event")
    Campaign.objects.create(name="Other", code="other", channel="Email")
    head = "Email,Campaign,Lead source\n"
    done = take(write(head + "ada@x.example,fair-26,Hall 3\nben@x.example,No such,\n"))
    assert (counts(done), done.warned) == ((2, 0, 0, 0), 1)
    ada = Contact.objects.get(email_key="ada@x.example")
    assert (ada.first_campaign, ada.first_channel, ada.first_source) == (fair, "Event", "Hall 3")
    assert ada.origins["first_campaign"]["from"] == f"import {done.pk}"
    assert "There is no campaign “No such”" in ImportReject.objects.get(is_warning=True).reason
    again = take(write(head + "ada@x.example,Other,Elsewhere\nben@x.example,Other,A friend\n"))
    assert counts(again) == (0, 1, 1, 0)
    ada.refresh_from_db()
    assert (ada.first_campaign, ada.first_source) == (fair, "Hall 3")
    ben = Contact.objects.get(email_key="ben@x.example")
    assert (str(ben.first_campaign), ben.first_channel, ben.first_source) == ("Other", "Email", "A friend")
    undo(again)
    ben.refresh_from_db()
    assert (ben.first_campaign, ben.first_channel, ben.first_source) == (None, "", "")
    assert undo(done)["deleted"] == 2


def test_campaign_and_source_may_be_one_value_for_the_whole_file(write: Write) -> None:
    Campaign.objects.create(name="Fair 2026", code="fair-26", channel="Event")
    raw: dict[str, Any] = {
        "columns": {"Email": "email"},
        "constants": {"campaign": "Fair 2026", "source": "Badge scan", "channel": "Partner"},
    }
    take(write("Email\nada@x.example\n"), raw)
    ada = Contact.objects.get()
    assert (str(ada.first_campaign), ada.first_channel, ada.first_source) == ("Fair 2026", "Partner", "Badge scan")
    raw["constants"]["campaign"] = "Missing"
    with pytest.raises(mappings.BadMapping, match="There is no campaign “Missing”"):
        take(write("Email\nada@x.example\n"), raw)
