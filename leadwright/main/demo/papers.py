"""Sets a short paper as a PDF with real text: A4, Helvetica, no library. Enough for a guide of some pages."""

import textwrap
from collections.abc import Sequence

WIDTH, HEIGHT, MARGIN = 595, 842, 72
DEEP, INK = "0.05 0.17 0.23", "0.09 0.13 0.17"


def _string(words: str) -> str:
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"({escaped})"


def _line(x: float, y: float, words: str, font: str, size: float, colour: str = INK) -> str:
    return f"BT {colour} rg /{font} {size} Tf {x} {y} Td {_string(words)} Tj ET"


def _cover(title: str, subtitle: str, firm: str) -> str:
    lines = [f"{DEEP} rg 0 0 {WIDTH} {HEIGHT} re f", _line(MARGIN, 740, firm, "F1", 14, "0.7 0.82 0.88")]
    y = 600.0
    for words in textwrap.wrap(title, 18):
        lines.append(_line(MARGIN, y, words, "F2", 46, "1 1 1"))
        y -= 54
    for words in textwrap.wrap(subtitle, 48):
        lines.append(_line(MARGIN, y - 10, words, "F1", 17, "0.7 0.82 0.88"))
        y -= 25
    return "\n".join(lines)


def _page(heading: str, text: str, number: int, firm: str) -> str:
    lines = []
    y = float(HEIGHT - MARGIN - 40)
    for words in textwrap.wrap(heading, 40):
        lines.append(_line(MARGIN, y, words, "F2", 22, DEEP))
        y -= 29
    y -= 14
    for words in textwrap.wrap(text, 74):
        lines.append(_line(MARGIN, y, words, "F1", 12.5))
        y -= 21
    lines.append(_line(MARGIN, 40, f"{firm} · {number}", "F1", 9, "0.38 0.42 0.48"))
    return "\n".join(lines)


def pdf(title: str, subtitle: str, firm: str, pages: Sequence[tuple[str, str]]) -> bytes:
    """A PDF with a cover and one page for each heading with its text."""
    contents = [_cover(title, subtitle, firm)]
    contents += [_page(heading, text, number, firm) for number, (heading, text) in enumerate(pages, start=2)]
    first = 6
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(contents)))
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R /Lang (en) /ViewerPreferences << /DisplayDocTitle true >> >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>",
        font.format("Helvetica"),
        font.format("Helvetica-Bold"),
        f"<< /Title {_string(title)} /Author {_string(firm)} >>",
    ]
    resources = "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>"
    for number, content in enumerate(contents):
        at = first + 2 * number + 1
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] {resources} /Contents {at} 0 R >>"
        )
        size = len(content.encode("cp1252", "replace"))
        objects.append(f"<< /Length {size} >>\nstream\n{content}\nendstream")
    return _file(objects)


def _file(objects: Sequence[str]) -> bytes:
    body = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{each}\nendobj\n".encode("cp1252", "replace")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R /Info 5 0 R >>\n"
    return body + end.encode() + f"startxref\n{len(body)}\n%%EOF\n".encode()
