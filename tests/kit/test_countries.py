import pytest

from leadwright.kit import countries


@pytest.mark.parametrize(
    ("said", "code"),
    [("DE", "DE"), ("de", "DE"), (" Germany ", "DE"), ("Deutschland", "DE"), ("Allemagne", "DE"), ("UK", "GB"),
     ("United States", "US"), ("USA", "US"), ("Österreich", "AT"), ("O\u0308sterreich", "AT"), ("ÖSTERREICH", "AT"),
     ("Türkiye", "TR"), ("Turkey", "TR"), ("日本", "JP"), ("Czech Republic", "CZ"), ("Kosovo", "XK"),
     ("Atlantis", ""), ("ZZ", ""), ("EU", ""), ("49", ""), ("", "")],
)  # fmt: skip
def test_a_country_is_its_code_from_its_name_in_many_languages(said: str, code: str) -> None:
    assert countries.code_of(said) == code


def test_every_country_has_one_english_name_and_they_stand_in_their_order() -> None:
    names = countries.names()
    assert 245 <= len(names) <= 252
    assert list(names.values()) == sorted(names.values())
    assert all(countries.code_of(name) == code for code, name in names.items())
