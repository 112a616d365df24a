"""Proof of work: a small riddle that a browser solves while a person fills in a form. No third party, no pictures.

The riddle is signed, belongs to one form, expires, and counts once (judging notes its number). Its answer is a number
whose SHA-256 together with the riddle begins with enough zero bits (Hashcash, Back 2002). A person waits for nothing;
who sends ten thousand forms pays for each.
"""

import hashlib
import secrets
from datetime import timedelta

from leadwright.kit import clock, config, signing

VALID_FOR = timedelta(hours=24)
HARDEST = 24


def bits() -> int:
    """How hard riddles are; 0: none are asked."""
    return max(0, min(config.get_int("LEADWRIGHT_FORM_WORK"), HARDEST))


def riddle(code: str) -> str:
    """A new riddle for a form, as `bits.token`; nothing where none are asked."""
    hard = bits()
    if not hard:
        return ""
    return f"{hard}.{signing.sign('work', [code, secrets.token_bytes(9), hard], clock.now() + VALID_FOR)}"


def judge(code: str, asked: str, answer: str) -> tuple[str, str]:
    """The flag that speaks against a sender (none: the proof is right), and the riddle's number, which counts once."""
    if not bits():
        return "", ""
    if not asked or not answer:
        return "no_work", ""
    try:
        named, number, hard = signing.read("work", asked.partition(".")[2])
    except (signing.BadToken, TypeError, ValueError):
        return "no_work", ""  # too old, or not ours
    if named != code or not isinstance(number, bytes) or not isinstance(hard, int):
        return "bad_work", ""
    if not (answer.isascii() and answer.isdigit()) or len(answer) > 12 or _zeros(f"{asked}:{int(answer)}") < hard:
        return "bad_work", ""
    return "", number.hex()


def _zeros(text: str) -> int:
    digest = int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest(), "big")
    return 256 - digest.bit_length()
