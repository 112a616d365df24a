"""What a form's body holds: words by name, each name with all its values, and files. No Django."""

from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from leadwright.capture.requests import Refused, document

MOST_VALUES = 300
TOO_MANY = "The form has too many fields."


@dataclass(frozen=True, slots=True)
class Part:
    """A file as it came: what it is called there, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Body:
    """The words and the files of a form."""

    values: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[Part]] = field(default_factory=dict)

    def last(self, name: str) -> str:
        """Of a name that stands twice, the last value; nothing where it is absent."""
        found = self.values.get(name)
        return found[-1] if found else ""


def read(body: bytes, content_type: str) -> Body:
    """The fields of an urlencoded, multipart or JSON body; raises Refused 400 for what is none of them."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return Body(_of_document(document(body)))
    if kind == "multipart/form-data":
        return _of_parts(body, content_type)
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_VALUES)
    except ValueError:
        raise Refused(400, TOO_MANY) from None
    found = Body()
    for name, value in pairs:
        found.values.setdefault(name, []).append(value.replace("\x00", ""))
    return found


def _of_document(found: Any) -> dict[str, list[str]]:
    if not isinstance(found, dict):
        raise Refused(400, "Send a JSON object: the names of the questions with the answers.")
    inner = found.get("fields")
    flat: dict[str, Any] = inner if isinstance(inner, dict) else {}
    values = {name: value for name, value in (found | flat).items() if name != "fields" and value != []}
    if sum(len(each) if isinstance(each, list) else 1 for each in values.values()) > MOST_VALUES:
        raise Refused(400, TOO_MANY)
    return {
        name: [_text(one) for one in (value if isinstance(value, list) else [value])] for name, value in values.items()
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else ""


def _of_parts(body: bytes, content_type: str) -> Body:
    boundary = _parameters(content_type).get("boundary", "")
    if not boundary:
        raise Refused(400, "The multipart body names no boundary.")
    found, count = Body(), 0
    mark = b"\r\n--" + boundary.encode("latin-1", "replace")
    whole = b"\r\n" + body
    at = whole.find(mark)
    while at >= 0:
        begin = at + len(mark)
        if whole[begin : begin + 2] == b"--":
            break
        at = whole.find(mark, begin)
        part = whole[begin : at if at >= 0 else len(whole)]
        count += _take_part(part, found)
        if count > MOST_VALUES:
            raise Refused(400, TOO_MANY)
    return found


def _take_part(part: bytes, found: Body) -> int:
    head, gap, content = part.partition(b"\r\n\r\n")
    if not gap or len(head) > 4_000:
        return 0
    for line in head.decode("utf-8", "replace").split("\r\n"):
        if not line.lower().startswith("content-disposition:"):
            continue
        named = _parameters(line.partition(":")[2])
        if name := named.get("name", ""):
            if "filename" in named:
                found.files.setdefault(name, []).append(Part(_plain_name(named["filename"]), bytes(content)))
            else:
                found.values.setdefault(name, []).append(content.decode("utf-8", "replace").replace("\x00", ""))
            return 1
    return 0


def _parameters(header: str) -> dict[str, str]:
    """The parameters of a header such as Content-Disposition, quoted as RFC 7578 has them."""
    message = Message()
    message["content-type"] = header.replace("\r", " ").replace("\n", " ")
    found = message.get_params(failobj=[], unquote=True)
    return {str(name).lower(): value if isinstance(value, str) else value[2] for name, value in found[1:]}


def _plain_name(name: str) -> str:
    """A file's name without any folder and without what cannot be written."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:200].strip().lstrip(".") or (
        "file" if name else ""
    )
