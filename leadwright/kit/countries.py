"""Countries: their codes by ISO 3166-1 alpha-2, and their names in many languages (Unicode's CLDR, by Babel)."""

import unicodedata
from collections.abc import Mapping
from functools import cache

from babel import Locale

LANGUAGES = (
    "en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "da", "sv", "nb", "fi", "hu", "ro", "ru", "tr", "el", "uk",
    "ja", "ko", "zh", "ar", "he",
)  # fmt: skip
# What CLDR names with two letters although ISO has no such country; Kosovo stays under the letters that all use.
NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
ALSO_SAID: Mapping[str, str] = {
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
    "usa": "US", "u.s.": "US", "u.s.a.": "US", "united states of america": "US", "czech republic": "CZ",
    "turkey": "TR", "holland": "NL", "the netherlands": "NL", "burma": "MM", "ivory coast": "CI", "macedonia": "MK",
    "south korea": "KR", "north korea": "KP", "russian federation": "RU", "viet nam": "VN", "hong kong": "HK",
}  # fmt: skip


@cache
def names() -> Mapping[str, str]:
    """The English name of each country by its code, in the order of the names."""
    return dict(sorted(_territories("en").items(), key=lambda each: each[1]))


def code_of(text: str) -> str:
    """The code of a country from its code or its name in any of LANGUAGES; nothing where it is none that we know."""
    words = unicodedata.normalize("NFC", text.strip())
    if words.upper() in _territories("en"):
        return words.upper()
    return _codes().get(words.lower(), "")


@cache
def _codes() -> Mapping[str, str]:
    found = {name.lower(): code for language in reversed(LANGUAGES) for code, name in _territories(language).items()}
    return {**found, **ALSO_SAID}


@cache
def _territories(language: str) -> Mapping[str, str]:
    told = Locale.parse(language).territories
    return {
        code: unicodedata.normalize("NFC", name)
        for code, name in told.items()
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    }
