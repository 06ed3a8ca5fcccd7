"""docs/reliability.md: every security requirement has tests, and every test it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.hostile.rows import HOSTILE

ROOT = Path(__file__).parents[2]
COUNTS = {"H": 22, "A": 11, "S": 8, "L": 8, "F": 12, "M": 7, "K": 5, "O": 6}
"""How many requirements there are under each letter."""

_ROW = re.compile(r"^\| ([HASLFMKO]\d+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)` `(test_\w+)`")
ROWS = _ROW.findall((ROOT / "docs" / "reliability.md").read_text("utf-8"))


def test_every_requirement_has_its_row():
    expected = [f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)]
    assert [number for number, _ in ROWS] == expected


@pytest.mark.parametrize(("number", "cell"), ROWS, ids=[number for number, _ in ROWS])
def test_the_tests_it_names_are_there(number, cell):
    named = _TEST.findall(cell)
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text("utf-8"), f"{file} has no {test}"
    if cell.startswith("rows"):
        assert any(row.requirement == number for row in HOSTILE)
    else:
        assert named


def test_a_requirement_with_rows_says_so():
    with_rows = {row.requirement for row in HOSTILE}
    assert with_rows == {number for number, cell in ROWS if cell.startswith("rows")}
