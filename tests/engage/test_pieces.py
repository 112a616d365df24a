import email.policy
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadwright.engage import letters, liquid, pieces, rules

SOURCE = (
    "<p>Hellö {{ contact.first_name | default: 'th&ere' }},</p> \n\n.{{ link_0 }} {{contact.custom.x}}\n"
    "{{ company.size }}{{ contact.missing }} {{ nobody.here }} <b>" + "A word. " * 40 + "</b> {{ contact.custom.x }}"
)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.lists(st.text(), max_size=3),
    st.sampled_from(["", " ", "\n", ".", "=", "a\r\nb", "x" * 75, "x" * 76, "é" * 80, "<b>&'\"", " x ", "a\n.b"]),
)  # fmt: skip


def contacts() -> st.SearchStrategy[dict[str, Any]]:
    contact = st.fixed_dictionaries(
        {"first_name": VALUES, "custom": st.one_of(VALUES, st.dictionaries(st.just("x"), VALUES))}
    )
    return st.fixed_dictionaries(
        {"contact": contact, "company": st.dictionaries(st.just("size"), VALUES), "link_0": VALUES}
    )


@given(known=contacts(), is_html=st.booleans())
def test_a_part_in_pieces_reads_as_liquid_writes_it(known: dict[str, Any], is_html: bool) -> None:
    part = pieces.part(SOURCE, is_html=is_html)
    assert part.texts
    assert part.fill(known) == liquid.render(part.template, known)


@given(known=contacts())
def test_a_quoted_part_keeps_every_byte_and_its_lines_are_short(known: dict[str, Any]) -> None:
    part = pieces.part(SOURCE, is_html=True)
    quoted = part.quoted(known)
    assert max(map(len, quoted.split(b"\r\n"))) <= 76
    raw = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted
    content = message_from_bytes(raw).get_payload(decode=True)
    assert isinstance(content, bytes)
    assert content.replace(b"\r\n", b"\n") == liquid.render(part.template, known).encode()


@given(text=st.text())
def test_any_piece_may_be_followed_by_any_other(text: str) -> None:
    piece = rules.quoted_piece(text)
    assert max(map(len, piece.split(b"\r\n"))) <= 76
    assert not piece or piece.endswith((b"=\r\n", b"\r\n"))


@pytest.mark.parametrize(
    "source",
    ["{% if contact.x %}y{% endif %}", "{{ contact.x | upcase }}", "{{ 'now' | date: '%Y' }}",
     "{{ today | date: '%Y' }}{{ now.x }}", "a\r\nb",
     "{{ contact.x | default: contact.y }}", "{{ contact[contact.x] }}",
     "{{ contact.x | default: '', allow_false: true }}"],
)  # fmt: skip
def test_what_is_more_than_a_plain_field_is_left_to_liquid(source: str) -> None:
    part = pieces.part(source, is_html=True)
    assert not part.texts
    known = {"contact": {"x": "k", "k": "v"}}
    assert part.fill(known) == liquid.render(part.template, known)


def test_a_letter_says_what_liquid_says() -> None:
    version = letters.frozen(
        {
            "subject": "For {{ contact.first_name }}", "html": SOURCE, "text": SOURCE, "purpose_id": "letter",
            "links": ["https://firm.example/{{ contact.first_name }}"], "sender_name": "N",
            "sender_address": "n@firm.example",
        }
    )  # fmt: skip
    known = {
        "contact": {"first_name": "Zoë", "name": "Zoë", "email": "z@firm.example", "custom": {}},
        "company": {"size": 7},
    }
    letter = letters.compose(
        version, message_id=5, uid=UUID(int=7), known=known,
        at=datetime(2026, 3, 2, tzinfo=UTC), base="http://lead.example",
    )  # fmt: skip
    mail = message_from_bytes(letter.raw, policy=email.policy.default)
    assert mail["Subject"] == "For Zoë"
    page, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert page is not None
    assert text is not None
    assert page.get_content().replace("\r\n", "\n").rstrip("\n") == liquid.render(version.html.template, known)
    assert text.get_content().replace("\r\n", "\n").rstrip("\n") == liquid.render(version.text.template, known)


@given(name=st.text(max_size=30))
def test_a_plain_name_stands_in_a_header_as_the_standard_library_writes_it(name: str) -> None:
    from email.utils import formataddr

    expected = formataddr((rules.one_line(name), "a@b.example"), charset=rules._UTF8)
    assert rules.mailbox(name, "a@b.example") == expected
