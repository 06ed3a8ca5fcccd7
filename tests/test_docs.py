"""The docs say what is there: every reason and command, no dead link, no file that is not, no figure without its command.

Beside these, where they belong: settings in gateway/settings/test_schema.py, metrics in gateway/test_metrics.py, fields
of the log in gateway/test_record.py, audit tags in keys/test_docs.py.
"""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from deploy.commands import render_commands
from gateway.problems import PROBLEMS

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
LIBRARIES = ROOT / "docs" / "decisions" / "libraries.md"

LINK = re.compile(r"\[[^\]\[]*\]\(([^)\s]+)\)")
NAMED_FILE = re.compile(r"`((?:gateway|keys|deploy|tests|docs|bench|spec|requirements)/[\w./*-]+)`")
NAMED_IN_CODE = re.compile(r"\b((?:docs|spec)/[\w/-]+\.md)\b")
REASON_ROW = re.compile(r"^\| `(\w+)` \| (\d{3}) \| (?:`(\w+)`|-) \|", re.MULTILINE)
MEASURED = re.compile(r"\bmeasured\b|(?:\btimes|%) (?:faster|slower|less|more)\b|\bp(?:50|95|99)\b", re.IGNORECASE)
COMMAND = re.compile(
    r"`[^`\n]*\b(?:make \w|python -m |pytest|gateway \w|keys \w|wrk )[^`\n]*`|^ {4}\$ |^```", re.MULTILINE
)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """The page without its fenced blocks, which show what others wrote."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_there(name: str) -> bool:
    return any(ROOT.glob(name.rstrip("/")))


def test_the_failure_modes_are_the_reasons():
    rows = REASON_ROW.findall((ROOT / "docs" / "failure-modes.md").read_text())
    table = [(reason.value, str(problem.status), problem.code) for reason, problem in PROBLEMS.items()]
    assert sorted(rows) == sorted(table)


def test_the_commands_are_documented():
    made = render_commands()
    assert (ROOT / "docs" / "commands.md").read_text() == made, "python -m deploy.commands > docs/commands.md"


def test_every_library_says_why():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \|$", LIBRARIES.read_text(), re.MULTILINE)
    explained = {row.strip() for row in rows} - {"library", "---"}
    assert explained == {re.split(r"[<>=\[]", library)[0] for library in wanted}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_link_is_dead(page: Path):
    for target in LINK.findall(prose(page)):
        name, _, anchor = target.partition("#")
        if name.startswith(("http://", "https://")):
            continue
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_a_page_names_is_there(page: Path):
    named = {name for name in NAMED_FILE.findall(page.read_text()) if "NNNN" not in name}
    assert [name for name in sorted(named) if not is_there(name)] == []


def test_every_page_that_the_code_names_is_there():
    tracked = subprocess.run(
        ["git", "ls-files", "*.py", "*.yaml", "*.toml", "Makefile"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    texts = [(ROOT / name).read_text() for name in tracked.stdout.split() if (ROOT / name).exists()]
    named = {name for text in texts for name in NAMED_IN_CODE.findall(text)}
    assert [name for name in sorted(named) if not is_there(name)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_measured_figure_names_the_command_that_printed_it(page: Path):
    """Within the same section: a figure that nobody can print again is a rumour."""
    sections = re.split(r"^(?=#+ )", page.read_text(), flags=re.MULTILINE)
    for section in sections:
        claims = [line for line in section.splitlines() if MEASURED.search(line) and re.search(r"\d", line)]
        assert not claims or COMMAND.search(section), claims


@pytest.mark.parametrize(
    ("text", "is_claim"),
    [("p99 of 3 ms", True), ("measured 12 times", True), ("40 % less", True), ("the limit is 3", False)],
)
def test_what_counts_as_a_figure(text: str, *, is_claim: bool):
    assert bool(MEASURED.search(text)) is is_claim
