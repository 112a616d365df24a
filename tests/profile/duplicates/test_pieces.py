"""Names, dates, numbers and addresses in one form."""

import pytest

from leadwright.profile.duplicates import pieces


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ada Okafor", ("ada", "okafor")),
        ("OKAFOR, Ada", ("ada", "okafor")),
        ("Dr. Ludwig van der Berg Jr.", ("ludwig", "van der berg")),
        ("Okafor", ("", "okafor")),
        ("Jürgen Groß", ("jurgen", "gross")),
    ],
)
def test_a_full_name_is_taken_apart(written: str, read: tuple[str, str]) -> None:
    assert pieces.full_name(written) == read


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1980-04-12", "19800412"),
        ("12.4.1980", "19800412"),
        ("12/04/80", "19800412"),
        ("19800412", "19800412"),
        ("12 Apr 1980", "19800412"),
        ("Apr 12, 1980", "19800412"),
        ("", ""),
        ("n/a", ""),
    ],
)
def test_a_birthday_is_read_however_it_is_written(written: str, day: str) -> None:
    assert pieces.birth(written) == day


def test_a_firm_is_the_same_without_its_legal_form() -> None:
    assert pieces.company("Müller & Söhne GmbH & Co. KG") == pieces.company("MUELLER & SÖHNE".replace("UE", "Ü"))
    assert pieces.company("AG") == "ag"


def test_a_street_and_its_number_are_told_apart() -> None:
    assert pieces.street("12 Main Street") == pieces.street("main st 12") == ("main st", "12")
    assert pieces.street("Bahnhofstraße 12a") == ("bahnhof st", "12a")


def test_names_that_stand_for_each_other_have_one_root() -> None:
    assert {pieces.root(name) for name in ("robert", "rob", "bobby")} == {"robert"}
    assert pieces.sound("meier") == pieces.sound("mayer")
    assert pieces.turned("19800412") == "19801204"
