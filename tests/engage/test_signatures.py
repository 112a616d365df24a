import base64
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from leadwright.engage import signatures
from leadwright.engage.letters import Letter

PRIVATE = rsa.generate_private_key(65537, 2048)
KEY = signatures.Key("lw", PRIVATE)


def is_good(raw: bytes, private: RSAPrivateKey = PRIVATE) -> bool:
    """What the library finds that others check with."""
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    return bool(dkim.verify(raw, dnsfunc=lambda name, timeout=5: record))


words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


@given(st.lists(words, max_size=6), words, st.integers(0, 3))
def test_any_mail_is_signed_so_that_others_find_it_good(lines: list[str], subject: str, blanks: int) -> None:
    body = "\r\n".join(lines) + "\r\n" * blanks
    raw = (
        f"From: Nora  Nord <nora@firm.example>\r\nTo:ada@b.example\r\nSubject: {subject}\r\n folded \t on\r\n"
        f"X-Other: not signed\r\nList-Id: <news.firm.example>\r\n\r\n{body}"
    ).encode()
    made = signatures.signature(raw, "firm.example", KEY)
    assert is_good(made + raw)
    assert max(map(len, made.split(b"\r\n"))) <= 150
    assert not is_good(made + raw.replace(b"ada@", b"eve@"))
    assert not is_good(made + raw + b"P.S.")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEADWRIGHT_DATA", str(tmp_path))
    monkeypatch.setattr(signatures, "key", signatures.key.__wrapped__)
    (tmp_path / "dkim").mkdir()
    return tmp_path / "dkim"


def test_a_domain_without_a_key_sends_unsigned(folder: Path) -> None:
    letter = Letter(1, "bounces+1@firm.example", "ada@b.example", b"From: x\r\n\r\n")
    assert signatures.sign(letter) is letter
    signatures.check()


@pytest.mark.parametrize("kind", ["nothing", "another"])
def test_a_key_that_cannot_be_used_is_said_before_anything_is_sent(folder: Path, kind: str) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "lw.firm.example.pem").write_bytes(pem if kind == "another" else b"no key")
    with pytest.raises(signatures.BadKey, match=r"lw\.firm\.example\.pem"):
        signatures.check()
