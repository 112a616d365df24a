"""vCards as the world writes them. The cards are made up for these tests, in the manner of each program."""

from pathlib import Path

import pytest

from leadwright.capture.imports import tables


def read(path: Path, written: str | bytes) -> list[dict[str, str]]:
    path.write_bytes(written if isinstance(written, bytes) else written.encode())
    table = tables.open_table(path)
    return [dict(zip(table.columns, row, strict=True)) for _, row in table.rows()]


OUTLOOK = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;LANGUAGE=de;CHARSET=Windows-1252:M\xfcller;J\xf6rg;;Dr.\r\n"
    "FN;CHARSET=Windows-1252:Dr. J\xf6rg M\xfcller\r\nORG;CHARSET=Windows-1252:M\xfcller & S\xf6hne;Vertrieb\r\n"
    "TITLE:Leiter\r\nTEL;WORK;VOICE:+49 30 123456\r\nTEL;CELL;VOICE:+49 170 1234567\r\nTEL;WORK;FAX:+49 30 999\r\n"
    "ADR;WORK;PREF;CHARSET=Windows-1252:;;Hauptstra\xdfe 5;K\xf6ln;;50667;Deutschland\r\n"
    "LABEL;WORK;PREF;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Hauptstra=C3=9Fe 5=0D=0A=\r\n"
    "50667 K=C3=B6ln=0D=0A=\r\nDeutschland\r\n"
    "X-MS-OL-DEFAULT-POSTAL-ADDRESS:2\r\nEMAIL;PREF;INTERNET:joerg@mueller.example\r\n"
    "PHOTO;TYPE=JPEG;ENCODING=BASE64:\r\n /9j/4AAQSkZJRgABAQEAYABgAAD\r\n /2wBDAAIB\r\n\r\n"
    "REV:20200101T000000Z\r\nEND:VCARD\r\n"
).encode("cp1252")


def test_outlook_s_cards_have_their_own_character_sets_and_quoted_printable_lines(tmp_path: Path) -> None:
    (card,) = read(tmp_path / "a.vcf", OUTLOOK)
    assert (card["First name"], card["Last name"], card["Name prefix"]) == ("Jörg", "Müller", "Dr.")
    assert (card["Company"], card["Department"]) == ("Müller & Söhne", "Vertrieb")
    assert (card["Street"], card["City"], card["Country"]) == ("Hauptstraße 5", "Köln", "Deutschland")
    assert (card["Phone"], card["Mobile phone"]) == ("+49 30 123456", "+49 170 1234567")
    assert (card["Fax"], card["E-mail"]) == ("+49 30 999", "joerg@mueller.example")


IPHONE = """BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//iPhone OS 17.0//EN
N:Okafor;Ada;;;
FN:Ada Okafor
ORG:Nordwind\\, GmbH;
item1.EMAIL;type=INTERNET;type=pref:ada@nordwind.example
EMAIL;type=INTERNET;type=HOME:ada@home.example
TEL;type=HOME;type=VOICE:030 5555
TEL;type=CELL;type=VOICE;type=pref:+49 171 22
item2.URL;type=pref:https://nordwind.example
item2.X-ABLabel:_$!<HomePage>!$_
NOTE:One line\\nand a second\\; with a semicolon
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/4gIoSUNDX1BST0ZJTEUAAQEAAAIYAAAAA
 AIQAABtbnRyUkdCIFhZWiAAAAAAAAAAAAAAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
END:VCARD
BEGIN:VCARD
VERSION:3.0
X-ADDRESSBOOKSERVER-KIND:group
FN:Customers
END:VCARD
"""


def test_an_iphone_s_groups_labels_and_photographs_do_no_harm(tmp_path: Path) -> None:
    (card,) = read(tmp_path / "a.vcf", IPHONE)
    assert (card["Full name"], card["Company"]) == ("Ada Okafor", "Nordwind, GmbH")
    assert (card["E-mail"], card["E-mail 2"]) == ("ada@nordwind.example", "ada@home.example")
    assert (card["Phone"], card["Home phone"]) == ("+49 171 22", "030 5555")
    assert card["Note"] == "One line\nand a second; with a semicolon"
    assert card["Web page"] == "https://nordwind.example"


ANDROID = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=D0=B0=D0=BD=D0=BE=D0=B2;=D0=90=D0=BD=D0=BD=
=D0=B0;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=90=D0=BD=D0=BD=D0=B0
TEL;CELL;PREF:+7 495 123
TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=D0=94):123
EMAIL;HOME:anna@x.example
END:VCARD
BEGIN:VCARD
VERSION:2.1
N:Ben;;;;
TEL;CELL:555
BEGIN:VCARD
VERSION:2.1
N:Cleo;Maria;;;
EMAIL:cleo@x.example"""


def test_android_s_cards_and_cards_that_do_not_end_are_all_read(tmp_path: Path) -> None:
    anna, ben, cleo = read(tmp_path / "contacts", ANDROID)
    assert (anna["Last name"], anna["First name"], anna["Phone"]) == ("Иванов", "Анна", "+7 495 123")
    assert (ben["Last name"], ben["Phone"], ben["E-mail"]) == ("Ben", "555", "")
    assert (cleo["First name"], cleo["E-mail"]) == ("Maria", "cleo@x.example")


NOTES = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nX-LOTUS-CHARSET:utf-8\r\nN:Weber;Ben;;;\r\nFN:Ben Weber\r\n"
    b"EMAIL;TYPE=INTERNET:ben@weber.example\r\nEMAIL;TYPE=X400:c=de;a=x\r\nORG:Weber\xe4\r\n"
    b"ADR;TYPE=WORK:;;One;Two;Three;4;Austria\r\nEND:VCARD\r\n"
    b"\r\nBEGIN:VCARD\r\nVERSION:4.0\r\nFN:Zo\xc3\xab\r\nTEL;VALUE=uri;TYPE=\"voice,home\":tel:+1-555\r\n"
    b"EMAIL;PREF=2:second@x.example\r\nEMAIL;PREF=1:first@x.example\r\nBDAY:--0203\r\nEND:VCARD\r\n"
)  # fmt: skip


def test_lotus_notes_and_version_4_may_stand_in_one_file_in_two_encodings(tmp_path: Path) -> None:
    ben, zoe = read(tmp_path / "a.vcf", NOTES)
    assert (ben["E-mail"], ben["Company"], ben["Country"]) == ("ben@weber.example", "Weberä", "Austria")
    assert (zoe["Full name"], zoe["Phone"]) == ("Zoë", "+1-555")
    assert (zoe["E-mail"], zoe["E-mail 2"]) == ("first@x.example", "second@x.example")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-8"])
def test_folded_lines_are_put_together_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    written = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Adelheid\r\n  Okafor\r\nEMAIL:ada@x.exa\r\n mple\r\nEND:VCARD\r\n"
    (card,) = read(tmp_path / "a.vcf", written.encode(encoding))
    assert (card["Full name"], card["E-mail"]) == ("Ada Adelheid Okafor", "ada@x.example")
