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


# Which page tells the people who use a package how to.
PAGE_OF = {
    "workspace": "team.md",
    "attract": "attract.md",
    "capture": "capture.md",
    "profile": "capture.md",
    "qualify": "qualify.md",
    "engage": "mail.md",
    "nurture": "journeys.md",
    "handover": "handover.md",
    "measure": "reports.md",
}
SCREENS = sorted(
    path.parent.name for path in ROOT.glob("leadwright/*/urls.py") if path.parent.name not in ("ui", "main")
)
# The editor's own entries in our menu.
EDITORS = {"Attract → Pages", "Settings → Site's appearance"}


def entries():
    """Every entry of the console's menu, as it is written in a page: “Attract → Campaigns”, “Contacts”."""
    from leadwright.kit.registries import MENU

    return {f"{each.group} → {each.label}" if each.group else each.label for each in MENU}


@pytest.mark.parametrize("package", SCREENS)
def test_every_package_with_screens_has_a_page_for_its_users(package):
    assert package in PAGE_OF, f"Write docs/<page>.md for the users of {package}, and name it in PAGE_OF."
    page = DOCS / PAGE_OF[package]
    assert f"({page.name})" in (DOCS / "README.md").read_text(), f"docs/README.md does not lead to {page.name}"
    assert len(page.read_text().splitlines()) <= 120, f"{page.name} is too long to be read"


def test_every_entry_of_the_menu_is_named_in_a_page_and_no_other():
    named = set(re.findall(r"\*\*([^*\n]+)\*\*", "\n".join(page.read_text() for page in DOCS.glob("*.md"))))
    missing, invented = entries() - named, {each for each in named if " → " in each} - entries() - EDITORS
    assert not missing, f"No page in docs/ names {sorted(missing)}; write each as **Group → Label**."
    assert not invented, f"The menu has no {sorted(invented)}."


def kinds():
    """What somebody chooses on a screen, and the page that tells what it does."""
    from leadwright.engage.messages import REASONS
    from leadwright.handover.views import KEYS
    from leadwright.kit.registries import CONDITIONS, JOURNEY_STEPS, JOURNEY_TRIGGERS
    from leadwright.workspace.models import Role

    yield from (("journeys.md", f"| {kind.label} |") for kind in (*JOURNEY_STEPS, *JOURNEY_TRIGGERS))
    yield from (("qualify.md", f"| {kind.label} |") for kind in CONDITIONS)
    yield from (("mail.md", f"| {say} |") for say in REASONS.values())
    yield from (("handover.md", f"| `{key}` |") for key in (*KEYS, "s", "x"))
    yield from (("team.md", f"| {role.label} |") for role in Role)


def test_the_evidence_of_machines_and_the_reasons_of_refusals_are_told_as_they_are():
    from leadwright.capture.judging.refusals import REASONS
    from leadwright.capture.machines import EVIDENCE

    page = (DOCS / "machines.md").read_text()
    for each in EVIDENCE.values():
        weighs = "–" if not each.less else f"{each.less:g} less"
        weighs = f"{each.at_most:g} at most" if each.at_most is not None else weighs
        weighs = f"{each.sets:g}" if each.sets is not None else weighs
        assert f"| {each.say} | {weighs} | {each.because} |" in page
    for reason in REASONS.values():
        assert f"| {reason.say} | {reason.because} |" in page


def test_every_kind_to_choose_from_is_explained():
    missing = [f"{page}: {cell}" for page, cell in kinds() if cell not in (DOCS / page).read_text()]
    assert not missing, missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_into_a_page_finds_its_heading(page):
    for target, anchor in re.findall(r"\]\((?!https?:|mailto:)([^)#]*\.md)?#([^)]+)\)", page.read_text()):
        there = page.parent / target if target else page
        assert anchor in anchors(there), f"{page.name} links to #{anchor}, which {there.name} has not"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_what_it_promises_reads_and_writes(package):
    said = " ".join((importlib.import_module(f"leadwright.{package}").__doc__ or "").split())
    assert "Promise:" in said
    assert "Reads" in said
    assert "rites" in said


def test_decisions_are_numbered_without_a_gap():
    numbers = sorted(int(path.name[:4]) for path in (DOCS / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_benchmark_is_described_and_can_be_run() -> None:
    from leadwright.main import bench

    table = (ROOT / "bench" / "README.md").read_text().split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(bench.names())
