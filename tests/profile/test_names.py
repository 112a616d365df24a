"""What is told of a person, in one form: names, phones, countries, addresses."""

import pytest

from leadwright.profile import rules


@pytest.mark.parametrize(
    ("told", "first", "last"),
    [
        ({"name": "Okafor, Ada"}, "Ada", "Okafor"),
        ({"name": "Ada Okafor, Jr."}, "Ada", "Okafor, Jr."),
        ({"first_name": "ADA", "last_name": "OKAFOR"}, "Ada", "Okafor"),
        ({"first_name": "JAN", "last_name": "VAN DER BERG"}, "Jan", "van der Berg"),
        ({"first_name": "CONOR", "last_name": "O'NEIL-MCKAY"}, "Conor", "O'Neil-McKay"),
        ({"first_name": "J.", "last_name": "OKAFOR"}, "J.", "Okafor"),
        ({"first_name": "AJ", "last_name": ""}, "AJ", ""),
        ({"first_name": "Ada", "last_name": "MacDONALD"}, "Ada", "MacDONALD"),
        ({"first_name": " Zoe\u0308 ", "last_name": "de  Vries"}, "Zo\u00eb", "de Vries"),
    ],
)
def test_names_are_tidied_with_care(told: dict[str, str], first: str, last: str) -> None:
    found = rules.read_fields(told).values
    assert (found.get("first_name", ""), found.get("last_name", "")) == (first, last)


def test_a_phone_takes_its_country_from_beside_it() -> None:
    assert rules.read_fields({"phone": "0431 1200450", "country": "Germany"}).values["phone"] == "+494311200450"
    assert rules.read_fields({"phone": "0431 1200450"}).values["phone"] == "0431 1200450"
    assert rules.read_fields({"phone": "+44 20 7946 0958", "country": "DE"}).values["phone"] == "+442079460958"


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada@Nordwind.EXAMPLE", "ada@nordwind.example"), ("zoe\u0308@x.example", "zo\u00eb@x.example"),
     ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example")],
)  # fmt: skip
def test_one_address_has_one_key(one: str, other: str) -> None:
    assert rules.normalise_email(one).key == rules.normalise_email(other).key


def test_what_only_one_provider_does_makes_no_key() -> None:
    keys = {rules.normalise_email(each).key for each in ("ada.o@gmail.com", "adao@gmail.com", "ada.o+x@gmail.com")}
    assert len(keys) == 3
