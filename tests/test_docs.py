"""The documentation says what is so: settings, commands, routes, links and promises are held against the code."""

import importlib
import re
from pathlib import Path

import pytest
from typer.main import get_command

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("leadwright/*/__init__.py"))


def commands():
    """Every command with its words, as `leadwright --help` knows it."""
    from leadwright.main.cli import cli

    def walk(command, words):
        below = getattr(command, "commands", None)
        if below is None:
            yield " ".join(words), command
            return
        for name, each in below.items():
            yield from walk(each, [*words, name])

    return dict(walk(get_command(cli), ["leadwright"]))


def test_every_setting_is_documented_with_its_default():
    from leadwright.kit.config import SETTINGS

    page = (DOCS / "settings.md").read_text()
    for setting in SETTINGS.values():
        default = f"`{setting.default}`" if setting.default else "–"
        assert f"| `{setting.name}` | {default} | {setting.say} |" in page


def test_no_setting_is_documented_that_does_not_exist():
    from leadwright.kit.config import SETTINGS

    named = re.findall(r"\b(LEADWRIGHT_[A-Z_]+|DATABASE_URL)\b", (DOCS / "settings.md").read_text())
    assert {name.removesuffix("_FILE") for name in named} <= set(SETTINGS)


def test_every_command_is_documented_and_shows_an_example():
    page = (DOCS / "commands.md").read_text()
    for words, command in commands().items():
        assert f"`{words}" in page, f"docs/commands.md does not name `{words}`"
        assert command.epilog, f"{words} --help has no example"
        assert command.epilog.startswith("Example: leadwright "), f"{words} --help has no example"


def test_no_command_is_documented_that_does_not_exist():
    known = set(commands())
    for line in (DOCS / "commands.md").read_text().splitlines():
        if found := re.match(r"\| `(leadwright [a-z -]+?)(?: [A-Z\[<-].*?)?`", line):
            assert found[1].strip() in known, line


@pytest.mark.django_db
def test_every_route_of_the_api_is_documented():
    from leadwright.main.api import api

    page = (DOCS / "api.md").read_text()
    missing = [
        f"{method.upper()} {path}"
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method in methods
        if f"`{method.upper()} {path}`" not in page
    ]
    assert not missing, missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_what_it_promises_reads_and_writes(package):
    said = " ".join((importlib.import_module(f"leadwright.{package}").__doc__ or "").split())
    assert "Promise:" in said
    assert "Reads" in said
    assert "rites" in said


def test_decisions_are_numbered_without_a_gap():
    numbers = sorted(int(path.name[:4]) for path in (DOCS / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
