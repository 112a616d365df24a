"""The condition builder: a form's fields become a tree of conditions, and a tree becomes fields.

Every part of a tree has a path: `c` is the root, `c-0` its first part, `c-0-1` that part's second. A group posts
`<path>-op` and `<path>-n`; a condition posts `<path>-kind` and one field for each of its inputs. A tree being edited
may be unfinished, so nothing here raises; `segments.check` does.
"""

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from leadwright.kit import numbers
from leadwright.kit.registries import CONDITIONS
from leadwright.qualify import segments
from leadwright.qualify.conditions import BadCondition, Condition, Setting

ROOT = "c"
MOST = 40  # parts of one group
DEEPEST = 8  # groups in groups


@dataclass(frozen=True)
class Input:
    """One input of a condition, as the template draws it."""

    name: str
    setting: Setting
    value: Any


@dataclass(frozen=True)
class Part:
    """A group or a condition, as the template draws it."""

    path: str
    depth: int
    op: str = ""
    parts: tuple["Part", ...] = ()
    kind: str = ""
    inputs: tuple[Input, ...] = ()
    wrong: str = ""
    kinds: tuple[tuple[str, str], ...] = ()
    groups: dict[str, str] = field(default_factory=lambda: dict(segments.GROUPS))

    @property
    def is_group(self) -> bool:
        """Whether it has parts."""
        return bool(self.op)


def read(data: QueryDict, path: str = ROOT) -> dict[str, Any]:
    """The tree that a form holds, as far as it is filled in."""
    if op := data.get(f"{path}-op"):
        number = min(numbers.whole(data.get(f"{path}-n")) or 0, MOST)
        parts = [read(data, f"{path}-{i}") for i in range(number)] if path.count("-") < DEEPEST else []
        return {op if op in segments.GROUPS else "all": [part for part in parts if part]}
    key = data.get(f"{path}-kind", "")
    if key not in CONDITIONS:
        return {}
    kind: Condition = CONDITIONS.get(key)
    found: dict[str, Any] = {"kind": key}
    for _ in range(2):  # the second time with the inputs that the first one's choices bring
        for setting in kind.form(found):
            value = _value(data, f"{path}-{setting.name}", setting)
            if value not in (None, "", []):
                found[setting.name] = value
            elif setting.options and setting.is_required and setting.kind == "choice" and setting.name not in found:
                found[setting.name] = setting.options[0][0]
    wanted = {setting.name for setting in kind.form(found)} | {"kind"}
    return {name: value for name, value in found.items() if name in wanted}


def _value(data: QueryDict, name: str, setting: Setting) -> Any:
    if setting.kind == "choices":
        return data.getlist(name)
    value = data.get(name, "").strip()
    if setting.kind == "words":
        return [word.strip() for word in value.split(",") if word.strip()]
    if setting.kind == "choice" and setting.options and value not in dict(setting.options):
        return ""
    if setting.kind == "number" and value:
        try:
            whole = numbers.whole(value)
            return float(value) if whole is None else whole
        except ValueError:
            return value
    return value


def rooted(tree: dict[str, Any]) -> dict[str, Any]:
    """A tree whose root is a group, as the builder draws it."""
    return tree if any(group in tree for group in segments.GROUPS) else {"all": [tree] if tree else []}


def change(tree: dict[str, Any], deed: str) -> dict[str, Any]:
    """A tree after a button: add:<path>, group:<path> or remove:<path>."""
    verb, _, path = deed.partition(":")
    steps = [step for text in path.split("-")[1:] if (step := numbers.whole(text)) is not None]
    holder = steps if verb in {"add", "group"} else steps[:-1]
    parts = _parts(tree, holder)
    if parts is None:
        return tree
    if verb == "add" and len(parts) < MOST:
        first = next(iter(CONDITIONS.keys()))
        parts.append({"kind": first})
    elif verb == "group" and len(parts) < MOST:
        parts.append({"any": [{"kind": next(iter(CONDITIONS.keys()))}]})
    elif verb == "remove" and steps and steps[-1] < len(parts):
        parts.pop(steps[-1])
    return tree


def _parts(tree: dict[str, Any], steps: list[int]) -> list[Any] | None:
    for step in [*steps, None]:
        group = next((name for name in segments.GROUPS if name in tree), None)
        if group is None:
            return None
        parts: list[Any] = tree[group]
        if step is None:
            return parts
        if step >= len(parts):
            return None
        tree = parts[step]
    return None


def draw(tree: dict[str, Any], *, for_fit: bool = False, path: str = ROOT, depth: int = 0) -> Part:
    """A tree as the template draws it; what is unfinished says so."""
    tree = rooted(tree) if depth == 0 else tree  # a form that was cut short holds no tree
    group = next((name for name in segments.GROUPS if name in tree), None)
    kinds = tuple((key, kind.label) for key, kind in CONDITIONS.items() if kind.for_fit or not for_fit)
    if group:
        parts = tuple(
            draw(part, for_fit=for_fit, path=f"{path}-{i}", depth=depth + 1) for i, part in enumerate(tree[group])
        )
        return Part(path, depth, op=group, parts=parts, kinds=kinds)
    kind: Condition = CONDITIONS.get(str(tree["kind"]))
    inputs = tuple(
        Input(f"{path}-{setting.name}", setting, tree.get(setting.name, [] if setting.kind == "choices" else ""))
        for setting in kind.form(tree)
    )
    try:
        kind.check(tree)
        wrong = ""
    except BadCondition as error:
        wrong = str(error)
    return Part(path, depth, kind=str(tree["kind"]), inputs=inputs, wrong=wrong, kinds=kinds)
