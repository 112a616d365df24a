"""Guessing what a file's columns are."""

import json
from pathlib import Path
from typing import Any

import pytest

from leadwright.capture.imports import mappings
from leadwright.profile.imports import FIELDS
from leadwright.qualify.imports import FIELDS as LEADS

VENDORS = Path(__file__).parents[4] / "shared/data/imports/vendor_headers.json"


def guess(header: str, *rows: str, fields: Any = FIELDS) -> dict[str, str]:
    import csv

    columns, *samples = list(csv.reader([header, *rows]))
    found = mappings.guess(columns, fields, samples)
    return {column: target if isinstance(target, str) else target["to"] for column, target in found.items()}


# What each vendor's own columns are for us, in the fields that matter; the header rows are read from where they lie.
WANTED = {
    "mailchimp_legacy": {
        "Email Address": "email", "First Name": "first_name", "Last Name": "last_name", "CC": "country",
    },
    "google_contacts_legacy": {
        "E-mail 1 - Value": "email", "Given Name": "first_name", "Family Name": "last_name", "Phone 1 - Value": "phone",
    },
    "outlook": {
        "E-mail Address": "email", "First Name": "first_name", "Last Name": "last_name", "Job Title": "title",
        "Company": "company", "Business Phone": "phone", "Business City": "city", "Business Country": "country",
        "Web Page": "company_domain",
    },
    "hubspot_contacts": {
        "Record ID": "external_id", "Email": "email", "Phone Number": "phone", "Contact owner": "owner",
    },
    "salesforce_lead_object": {
        "Id": "external_id", "Email": "email", "FirstName": "first_name", "LastName": "last_name", "Title": "title",
        "Company": "company", "Phone": "phone", "Country": "country", "City": "city", "Website": "company_domain",
    },
    "linkedin_connections": {
        "First Name": "first_name", "Last Name": "last_name", "Email Address": "email", "Company": "company",
        "Position": "title",
    },
}  # fmt: skip


@pytest.mark.skipif(not VENDORS.exists(), reason="the collection of vendors' header rows is not beside the project")
@pytest.mark.parametrize("vendor", sorted(WANTED))
def test_the_exports_of_known_vendors_map_themselves(vendor: str) -> None:
    told = json.loads(VENDORS.read_text())[vendor]
    for header in told.get("headers") or [told["header"]]:
        found = guess(header)
        wanted = {column: field for column, field in WANTED[vendor].items() if column in header}
        assert {column: found.get(column) for column in wanted} == wanted


def test_a_column_that_means_a_salutation_does_not_become_the_job_title() -> None:
    assert "Title" not in guess("First Name,Title,Job Title,E-mail Address")


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("Vorname,Nachname,E-Mail-Adresse,Firma,Telefon,Ort,Land",
         ["first_name", "last_name", "email", "company", "phone", "city", "country"]),
        ("Prénom,Nom,Adresse e-mail,Société,Téléphone,Ville,Pays",
         ["first_name", "last_name", "email", "company", "phone", "city", "country"]),
        ("Nombre,Apellidos,Correo electrónico,Empresa,Teléfono,Ciudad,País",
         ["first_name", "last_name", "email", "company", "phone", "city", "country"]),
        ("Nome,Cognome,Indirizzo e-mail,Azienda,Telefono,Città,Paese",
         ["first_name", "last_name", "email", "company", "phone", "city", "country"]),
        ("Voornaam,Achternaam,E-mailadres,Bedrijf,Telefoon,Plaats,Land",
         ["first_name", "last_name", "email", "company", "phone", "city", "country"]),
        ("Nome,Sobrenome,E-mail,Empresa,Telefone,Cidade,País",
         ["first_name", "last_name", "email", "company", "phone", "city", "country"]),
        ("Imię,Nazwisko,Adres e-mail,Nazwa firmy,Telefon,Miasto,Kraj",
         ["first_name", "last_name", "email", "company", "phone", "city", "country"]),
        ("Имя,Фамилия,Почта,Компания,Телефон,Город,Страна",
         ["first_name", "last_name", "email", "company", "phone", "city", "country"]),
    ],
)  # fmt: skip
def test_headers_are_known_in_several_languages(header: str, wanted: list[str]) -> None:
    assert list(guess(header).values()) == wanted


def test_one_column_with_whole_names_is_a_whole_name() -> None:
    assert guess("Nombre,Correo", "Ada Okafor,a@x.example", "Ben Weber,b@x.example")["Nombre"] == "name"
    assert guess("Nombre,Correo", "Ada,a@x.example", "Ben,b@x.example")["Nombre"] == "first_name"


def test_cells_say_what_headers_do_not() -> None:
    found = guess(
        "a,b,c,d,e",
        "ada@x.example,+49 30 1234567,https://x.example,Germany,17",
        "ben@y.example,0171/1234567,www.y.example,Frankreich,18",
    )
    assert found == {"a": "email", "b": "phone", "c": "company_domain", "d": "country"}


def test_a_column_whose_header_says_something_else_is_not_taken_for_it() -> None:
    assert guess("Email,Second", "a@x.example,b@x.example") == {"Email": "email"}


def test_leads_map_themselves_too() -> None:
    found = guess("Lead ID,Create Date,Lead Source,Lead Status,Email", fields=LEADS)
    assert list(found.values()) == ["external_id", "opened_at", "source", "stage", "email"]


def test_a_set_of_headers_is_known_again_in_another_order() -> None:
    assert mappings.headers_key(["E-Mail", "Name"]) == mappings.headers_key(["name", "email"])
    assert mappings.headers_key(["E-Mail", "Name"]) != mappings.headers_key(["E-Mail"])
