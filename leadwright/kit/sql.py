"""Named SQL statements kept in `.sql` files beside the module that runs them.

A file holds statements, each under a line `-- name: statement_name`; the comment lines that follow say what the
statement moves and which index carries it. Parameters are psycopg's: `%(name)s`, with `%%` for a percent sign.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_NAME = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


def load(file: str, folder: Path | None = None) -> Mapping[str, str]:
    """The statements of `sql/<file>.sql` beside the calling module, by name.

    Raises ValueError where a name stands twice or the file holds none.
    """
    if folder is None:  # the caller's file from its frame: inspect.stack() would read every source on the way here
        folder = Path(sys._getframe(1).f_code.co_filename).parent  # noqa: SLF001
    path = folder / "sql" / f"{file}.sql"
    parts = _NAME.split(path.read_text(encoding="utf-8"))[1:]
    names, bodies = parts[::2], parts[1::2]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"{path.name} must hold at least one statement, and each name once; it has {names}.")
    return MappingProxyType({name: body.strip() for name, body in zip(names, bodies, strict=True)})
