"""What a spreadsheet makes of a file's cells (OWASP: CSV injection)."""

import re

# How a formula begins, in whichever width; after a line break, the rest of a cell could begin one.
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_PLAIN_NUMBER = re.compile(r"[+-]?[\d ().,/-]*")  # amounts and telephone numbers


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like one gets a leading apostrophe."""
    return f"'{cell}" if cell.lstrip(" ")[:1] in FORMULA and not _PLAIN_NUMBER.fullmatch(cell) else cell
