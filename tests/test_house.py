"""The rules of the house that no linter holds: sizes, names, locked versions, nothing of one machine in the tree.

Which package may import which is import-linter's (`make lint`).
"""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
FUNCTION_LINES = 60
LIBRARY_LINES = 350
TEST_LINES = 500
"""A file of tests is read case by case, not as a whole."""

VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "core", "base", "misc"}
LOCKS = ("requirements/runtime.txt", "requirements/dev.txt")
FLOORS = {"uvicorn": "0.30", "httptools": "0.6.4", "h11": "0.16.0", "starlette": "1.0.1", "redis": "5"}
"""Below these are known holes: request smuggling, poisoned hosts, somebody else's reply (SECURITY.md, section 2)."""

LOCKED = re.compile(r"^([a-z0-9.-]+)==([0-9][\w.]*)(?: ; [^\\\n]+)? \\\n((?: {4}--hash=.+\n)+)", re.MULTILINE)
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")
# Each is put together here, so that this file does not hold what it looks for.
REGISTRY = re.compile("|".join(["py" + r"pi\.", "python" + "hosted", "npm" + r"js\.", "crates" + r"\.io", "docker" + r"\.io", "gh" + r"cr\."]))  # fmt: skip
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:work|home|root|mnt|Users|tmp(?!/gateway-demo-))/\w")
LEFT_OVER = re.compile(r"\b(?:TO" + "DO|FIX" + "ME|XX" + r"X)\b")
IO_MODULES = {
    "asyncio", "aiosqlite", "asyncpg", "httptools", "httpx", "logging", "os", "redis", "select", "socket", "sqlalchemy",
    "starlette", "structlog", "subprocess", "threading", "time", "uvicorn",
}  # fmt: skip
PURE_USES = {("gateway/limits/policy.py", "socket")}
"""inet_pton, which only reads a text."""


@cache
def tracked() -> tuple[str, ...]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(name for name in listed.stdout.splitlines() if (ROOT / name).is_file())


@cache
def sources(*folders: str) -> tuple[str, ...]:
    return tuple(name for name in tracked() if name.endswith(".py") and name.split("/")[0] in folders)


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text())


def functions(name: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def loops(name: str) -> Iterator[ast.While | ast.For]:
    return (node for node in ast.walk(tree(name)) if isinstance(node, ast.While | ast.For))


def calls(node: ast.AST, dotted: str) -> Iterator[ast.Call]:
    return (call for call in ast.walk(node) if isinstance(call, ast.Call) and ast.unparse(call.func) == dotted)


ALL = ("gateway", "keys", "deploy", "bench", "tests")
LIBRARY = ALL[:-1]


def test_no_function_is_long():
    long = [
        f"{name}:{function.lineno} {function.name}: {lines} lines"
        for name in sources(*ALL)
        for function in functions(name)
        if (lines := function.end_lineno - function.lineno + 1) > FUNCTION_LINES
    ]
    assert long == []


@pytest.mark.parametrize(("folders", "allowed"), [(LIBRARY, LIBRARY_LINES), (("tests",), TEST_LINES)])
def test_no_file_is_long(folders: tuple[str, ...], allowed: int):
    lines = {name: len((ROOT / name).read_text().splitlines()) for name in sources(*folders)}
    assert {name: count for name, count in lines.items() if count > allowed} == {}


def test_no_module_has_a_name_that_says_nothing():
    assert [name for name in sources(*ALL) if VAGUE_NAMES & set(Path(name).with_suffix("").parts)] == []


def test_the_tree_names_no_registry_and_no_place_on_one_machine_and_leaves_nothing_for_later():
    found = []
    for name in tracked():
        text = (ROOT / name).read_text(errors="replace")
        found += [
            f"{name}: {match[0]}" for look in (REGISTRY, MACHINE_PATH, LEFT_OVER) for match in look.finditer(text)
        ]
    assert found == []


@cache
def locked(name: str) -> dict[str, str]:
    return {library: version for library, version, _ in LOCKED.findall((ROOT / name).read_text())}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_version_has_its_hashes_and_no_address(name: str):
    text = (ROOT / name).read_text()
    assert len(locked(name)) == len(re.findall(r"^[^ #\n]", text, re.MULTILINE)), "a line that pins nothing"
    for library, _, hashes in LOCKED.findall(text):
        assert all(HASH.fullmatch(line) for line in hashes.splitlines()), library
    assert "://" not in text
    assert not re.search(r"^ *--(?!hash=)", text, re.MULTILINE), "an option of an index"


def test_what_the_project_names_is_locked_alike_for_running_and_developing():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime, dev = (locked(name) for name in LOCKS)
    named = {re.split(r"[<>=\[]", library)[0] for library in project["project"]["dependencies"]}
    assert named <= runtime.keys()
    assert runtime.items() <= dev.items()
    assert {re.split(r"[<>=\[]", library)[0] for library in project["dependency-groups"]["dev"]} <= dev.keys()


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


@pytest.mark.parametrize("library", FLOORS)
def test_no_library_is_locked_below_a_known_hole(library: str):
    assert version(locked("requirements/dev.txt")[library]) >= version(FLOORS[library])


def test_no_test_is_skipped_but_on_another_system():
    skipped = re.compile(
        r"pytest\.(?:skip|importorskip|xfail)\(|mark\.(?:skip\b|xfail)|mark\.skipif\((?!sys\.platform)"
    )
    others = [name for name in sources("tests") if name != "tests/test_house.py"]
    assert [name for name in others if skipped.search((ROOT / name).read_text())] == []


def test_no_test_just_waits():
    """Tests wait on conditions: a sleep stands in a loop that looks again. What a test makes slow is another thing."""
    looping = {id(call) for name in sources("tests") for loop in loops(name) for call in calls(loop, "time.sleep")}
    waits = [
        f"{name}:{call.lineno}"
        for name in sources("tests")
        for call in calls(tree(name), "time.sleep")
        if id(call) not in looping
    ]
    waits += [
        f"{name}:{statement.lineno}"
        for name in sources("tests")
        for function in functions(name)
        for statement in function.body
        if function.name.startswith("test_") and isinstance(statement, ast.Expr)
        if any(ast.unparse(call.args[0]) != "0" for call in calls(statement, "asyncio.sleep"))
    ]
    assert waits == []


def test_the_decision_core_does_no_io():
    modules = subprocess.run([ROOT / "tests/decision-core"], capture_output=True, text=True, check=True).stdout
    for name in modules.strip().split(","):
        assert name in tracked(), "a module of the decision core is gone"
        statements = (node for node in tree(name).body if isinstance(node, ast.Import | ast.ImportFrom))
        imported = {ast.unparse(statement).split()[1].split(".")[0] for statement in statements}
        assert {(name, module) for module in imported & IO_MODULES} <= PURE_USES
