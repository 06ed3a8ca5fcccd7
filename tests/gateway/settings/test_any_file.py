"""Whatever stands in a settings file, the answer is settings or mistakes: no other exception, every line inside the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.settings import Settings
from keys import SettingsError, SettingsFile

DEMO = Path(__file__).parents[3] / "deploy" / "demo" / "gateway.yaml"
WHOLE: dict[str, Any] = yaml.safe_load(DEMO.read_text())

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["", "a b", "/", "{id}", "${X}", "${X:-1}", "é", "account"])
)  # fmt: skip
values = st.one_of(scalars, st.lists(scalars, max_size=3), st.dictionaries(st.text(max_size=5), scalars, max_size=3))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, item in inner for deeper in places(item, (*path, key)))]


PLACES = places(WHOLE)[1:]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """`value` with `new` at `path`; unchanged where an earlier replacement took the path away."""
    if not path:
        return new
    if isinstance(value, dict) and path[0] in value:
        return {key: replaced(item, path[1:], new) if key == path[0] else item for key, item in value.items()}
    if isinstance(value, list) and isinstance(path[0], int) and path[0] < len(value):
        return [replaced(item, path[1:], new) if index == path[0] else item for index, item in enumerate(value)]
    return value


def outcome(content: bytes) -> Settings | tuple[str, ...]:
    try:
        return SettingsFile.parse(content, DEMO, {}).read(Settings)
    except SettingsError as error:
        mistakes = error.mistakes
    lines = content.count(b"\n") + 1
    assert mistakes
    assert all(1 <= mistake.line <= lines for mistake in mistakes)
    return tuple(mistake.key for mistake in mistakes)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=4))
def test_wrong_values_anywhere(changes: list[tuple[tuple[Any, ...], Any]]):
    whole = WHOLE
    for path, value in changes:
        whole = replaced(whole, path, value)
    outcome(yaml.safe_dump(whole, allow_unicode=True).encode())


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(DEMO.read_bytes())), st.integers(0, 40), st.binary(max_size=8))
def test_damaged_bytes_anywhere(at: int, lost: int, put: bytes):
    content = DEMO.read_bytes()
    outcome(content[:at] + put + content[at + lost :])


@pytest.mark.parametrize("wrong", [[{"x": [1]}], "${UNSET}"], ids=["unfit", "unset"])
def test_one_wrong_value_is_told_where_it_stands_and_nowhere_else(wrong: object):
    """Each place of the file in turn: what is told is that place, never what refers to it."""
    for path in PLACES:
        keys = outcome(yaml.safe_dump(replaced(WHOLE, path, wrong)).encode())
        expected = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
        assert isinstance(keys, tuple), f"{expected} may be anything"
        assert all(key.startswith(expected) for key in keys), (expected, keys)
