"""What a spreadsheet makes of a file's cells (OWASP: CSV injection)."""

import re

# How a formula begins, in whichever width; after a line break, the rest of a cell could begin one.
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_PLAIN_NUMBER = re.compile(r"[+-]?[\d ().,/-]*")  # amounts and telephone numbers


def _begins_a_formula(cell: str) -> bool:
    return cell.lstrip(" ")[:1] in FORMULA and not _PLAIN_NUMBER.fullmatch(cell)


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like one gets a leading apostrophe.

    So does one that begins like one behind apostrophes of its own, so that `as_it_was` knows ours from them.
    """
    return f"'{cell}" if cell[:1] and _begins_a_formula(cell.lstrip("'")) else cell


def as_it_was(cell: str) -> str:
    """What a cell was before it was made harmless."""
    return cell[1:] if cell[:1] == "'" and _begins_a_formula(cell.lstrip("'")) else cell
