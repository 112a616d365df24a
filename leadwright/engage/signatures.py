"""Signatures: DKIM (RFC 6376) for the sender's domain, where its key lies in the data folder.

The key of domain example.com with selector lw is the file `dkim/lw.example.com.pem`; senders read it when they start.
Written here because the library for it (dkimpy, which the tests verify with) does RSA in Python: 8 ms a letter, where
`cryptography` takes a third of one.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from leadwright.engage.letters import Letter
from leadwright.kit import config

HEADERS = (
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"list-id",
    b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_BLANKS = re.compile(rb"[ \t]+")


class BadKey(RuntimeError):
    """A key file cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Key:
    """A domain's private key and the selector under which the public one stands in the DNS."""

    selector: str
    private: RSAPrivateKey


@cache
def key(domain: str) -> Key | None:
    """The key of a domain, or None where there is no key file; raises BadKey."""
    for path in sorted(_folder().glob(f"*.{domain}.pem")):
        if selector := path.name.removesuffix(f".{domain}.pem"):
            return Key(selector, _private(path))
    return None


def check() -> None:
    """Look at all key files, so that a sender with a bad one does not start; raises BadKey."""
    for path in _folder().glob("*.pem"):
        _private(path)


def _folder() -> Path:
    return config.data_folder() / "dkim"


def _private(path: Path) -> RSAPrivateKey:
    try:
        found = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, OSError) as error:
        raise BadKey(f"The DKIM key {path} cannot be read: {error}. Put a PEM file without a password there.") from None
    if not isinstance(found, RSAPrivateKey):
        raise BadKey(f"The DKIM key {path} is no RSA key. Make one with `openssl genrsa -out {path.name} 2048`.")
    return found


def sign(letter: Letter) -> Letter:
    """The letter with its signature; as it is where the domain has no key."""
    domain = letter.return_path.rpartition("@")[2]
    if (found := key(domain)) is None:
        return letter
    return replace(letter, raw=signature(letter.raw, domain, found) + letter.raw)


def signature(raw: bytes, domain: str, with_key: Key) -> bytes:
    """The DKIM-Signature header of a mail: rsa-sha256, headers canonical as `relaxed`, the body as `simple`."""
    head, _, body = raw.partition(b"\r\n\r\n")
    present = dict(_relaxed(head))
    signed = [name for name in HEADERS if name in present]
    body_hash = base64.b64encode(hashlib.sha256(body.rstrip(b"\r\n") + b"\r\n").digest()).decode()
    names = ":".join(name.decode() for name in signed)
    said = [
        "v=1", "a=rsa-sha256", "c=relaxed/simple", f"d={domain}", f"s={with_key.selector}", f"h={names}",
        f"bh={body_hash}", "b=",
    ]  # fmt: skip
    lines = [name + b":" + present[name] for name in signed] + [b"dkim-signature:" + "; ".join(said).encode()]
    made = base64.b64encode(with_key.private.sign(b"\r\n".join(lines), PKCS1v15(), hashes.SHA256())).decode()
    folded = "\r\n ".join(made[at : at + 72] for at in range(0, len(made), 72))
    return ("DKIM-Signature: " + ";\r\n ".join(said) + folded + "\r\n").encode()


def _relaxed(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and value of each header by RFC 6376, 3.4.2."""
    for line in _FOLD.sub(b"", head).split(b"\r\n"):
        name, _, value = line.partition(b":")
        yield name.strip().lower(), _BLANKS.sub(b" ", value).strip()
