"""docs/keys.md names every command and every audit tag."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.main import get_command

from keys.audit import AuditTag
from keys.cli import app

DOCS = (Path(__file__).parents[2] / "docs" / "keys.md").read_text()


def commands(group, words):
    for name, command in group.commands.items():
        yield from commands(command, (*words, name)) if hasattr(command, "commands") else [(*words, name)]


@pytest.mark.parametrize("words", list(commands(get_command(app), ("keys",))), ids=" ".join)
def test_every_command_is_documented(words):
    *group, name = words
    rows = [line for line in DOCS.splitlines() if line.startswith(f"| `{' '.join(group)} ")]
    assert any(f"{name}`" in row for row in rows), words


@pytest.mark.parametrize("tag", AuditTag)
def test_every_audit_tag_is_documented(tag):
    assert f"`{tag.value}`" in DOCS
