"""Nodes -> plain values, the place of each, and the mistakes that need no model to be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from keys.settings_file.environment import Unfilled
from keys.settings_file.holes import HOLE
from keys.settings_file.nodes import BadYaml, Items, Scalar, Table

if TYPE_CHECKING:
    from keys.settings_file.environment import Substitution
    from keys.settings_file.mistakes import Loc
    from keys.settings_file.nodes import Node

# The core schema of YAML 1.2, not 1.1: `no` is a text, 1_000 and 12:30 are no numbers.
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,40}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]{1,3})?")

_SECRET_KEY = re.compile(r"secret|password|passwd|passphrase|token|private", re.IGNORECASE)


class Place(NamedTuple):
    """Where a value stands: the line of its key (or list item), the line of the value, and whether to show it."""

    key_line: int
    line: int
    hidden: bool


class Found(NamedTuple):
    """A mistake before it is worded for people: where, in which line, what is shown of the value, what is wrong."""

    loc: Loc
    line: int
    value: str
    message: str
    allowed: str = ""


@dataclass(slots=True)
class Document:
    """A settings file as plain values. `secrets` are texts that came from outside, never to be shown."""

    data: dict[str, Any]
    places: dict[Loc, Place] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)


def build_document(root: Node, substitution: Substitution) -> Document:
    """Give the values of `root`. Raises BadYaml when it is no mapping; everything else is collected in `found`."""
    if not isinstance(root, Table):
        raise BadYaml(root.line, "the file must be a mapping (key: value)")
    builder = _Builder(Document({}), substitution)
    builder.document.places[()] = Place(1, 1, hidden=False)
    builder.document.data = builder.table(root, ())
    return builder.document


@dataclass(frozen=True, slots=True)
class _Builder:
    document: Document
    substitution: Substitution

    def value(self, node: Node, loc: Loc, key_line: int) -> Any:
        hidden = any(isinstance(part, str) and _SECRET_KEY.search(part) for part in loc)
        self.document.places[loc] = Place(key_line, node.line, hidden)
        if isinstance(node, Table):
            return self.table(node, loc)
        if isinstance(node, Items):
            return [self.value(item, (*loc, index), item.line) for index, item in enumerate(node.nodes)]
        return self.scalar(node, loc)

    def table(self, node: Table, loc: Loc) -> dict[str, Any]:
        values: dict[str, Any] = {}
        first_lines: dict[str, int] = {}
        for key, value in node.entries:
            name = self.name(key, loc)
            if name is None:
                continue
            if name in first_lines:
                self.find((*loc, name), key.line, f"stands here twice, first in line {first_lines[name]}")
                continue
            first_lines[name] = key.line
            values[name] = self.value(value, (*loc, name), key.line)
        return values

    def name(self, key: Node, loc: Loc) -> str | None:
        if not isinstance(key, Scalar):
            self.find(loc, key.line, "has a key that is a list or a mapping; keys are texts")
            return None
        if key.plain and not isinstance(_resolved(key.text), str):
            self.find(loc, key.line, f"has the key {key.text or 'null'}, which is no text; put it in quotes")
            return None
        return key.text

    def scalar(self, node: Scalar, loc: Loc) -> Any:
        try:
            text, changed, foreign = self.substitution.fill(node.text)
        except Unfilled as error:
            self.find(loc, self.document.places[loc].line, str(error))
            return HOLE
        if foreign:
            self.document.places[loc] = self.document.places[loc]._replace(hidden=True)
            self.document.secrets.add(text)
        # A filled-in text stays one, and the type of the setting decides: a password of digits must not become a number.
        return _resolved(text) if node.plain and not (changed and text) else text

    def find(self, loc: Loc, line: int, message: str) -> None:
        self.document.found.append(Found(loc, line, "", message))


def _resolved(text: str) -> str | int | float | bool | None:
    if text in _NULL:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
