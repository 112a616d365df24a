"""Signatures: DKIM (RFC 6376) for the sender's domain, where its key lies in the data folder.

The key of domain example.com with selector lw is the file `dkim/lw.example.com.pem`; senders read it when they start.
"""

from dataclasses import replace
from functools import cache

import dkim

from leadwright.engage.letters import Letter
from leadwright.kit import config

HEADERS = [
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"list-id",
    b"list-unsubscribe", b"list-unsubscribe-post",
]  # fmt: skip


@cache
def key(domain: str) -> tuple[bytes, bytes] | None:
    """Selector and private key of a domain, or None where there is no key file."""
    for path in sorted((config.data_folder() / "dkim").glob(f"*.{domain}.pem")):
        selector = path.name.removesuffix(f".{domain}.pem")
        if selector:
            return selector.encode(), path.read_bytes()
    return None


def sign(letter: Letter) -> Letter:
    """The letter with its signature; as it is where the domain has no key."""
    domain = letter.return_path.rpartition("@")[2]
    if (found := key(domain)) is None:
        return letter
    selector, private = found
    signature = dkim.sign(letter.raw, selector, domain.encode(), private, include_headers=HEADERS)
    return replace(letter, raw=signature + letter.raw)
