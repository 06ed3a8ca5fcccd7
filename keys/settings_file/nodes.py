"""YAML text -> nodes that know their lines, bounded in size, depth and growth by aliases.

Tags are refused (a settings file builds no objects), merge keys are plain keys here and so unknown ones later. An alias
stands for its anchor's node; what it adds is counted, so that a few lines cannot grow into millions of values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from yaml.events import Event

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_NODES = 50_000

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_TAB = "a value cannot begin with this character: indent with spaces, not tabs, or quote it"
_INDENT = "the indentation does not fit the lines above"
_COMMA = 'a bracket is not closed, a "," is missing, or a "${NAME}" inside brackets lacks its quotes'
_OPEN = "a bracket or a quote is not closed"

# What the parser says (libyaml and PyYAML word it differently), what its reader needs to know, and whether the line to
# look at is where it began. The first match stands.
_SYNTAX_WORDS = (
    ("cannot start any token", _TAB, False),
    ("mapping values are not allowed", "a ':' stands where none may: check the indentation, or quote the value", False),
    ("could not find expected ':'", "a key needs a ':' after it", False),
    ("unexpected end of stream", _OPEN, True),
    ("expected ',' or", _COMMA, True),
    ("expected key", _INDENT, False),
    ("expected <block end>", _INDENT, False),
    ("expected '-' indicator", _INDENT, False),
)


class BadYaml(Exception):  # noqa: N818 - becomes one Mistake
    """The text is no acceptable YAML; `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as written; `plain`: without quotes, so that it may be a number or a bool."""

    line: int
    text: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, its entries in order, doubled keys included."""

    line: int
    entries: tuple[tuple[Node, Node], ...]


Node = Scalar | Items | Table


def parse_nodes(content: bytes) -> Node:
    """Give the one document of `content` as nodes. Raises BadYaml."""
    if len(content) > MAX_BYTES:
        raise BadYaml(1, f"the file is larger than {MAX_BYTES} bytes")
    text = _decoded(content)
    composer = _Composer(_Loader(text))
    try:
        return composer.document()
    except yaml.MarkedYAMLError as error:
        raise _bad_syntax(error) from None
    finally:
        composer.close()


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadYaml(content.count(b"\n", 0, error.start) + 1, "the file is not UTF-8") from None
    if wrong := _UNPRINTABLE.search(text):
        raise BadYaml(text.count("\n", 0, wrong.start()) + 1, "a control character stands in the file")
    return text


def _bad_syntax(error: yaml.MarkedYAMLError) -> BadYaml:
    said = f"{error.context} {error.problem}"
    row = next((row for row in _SYNTAX_WORDS if row[0] in said), ("", "this is not YAML", False))
    _, words, at_start = row
    mark = (error.context_mark if at_start else None) or error.problem_mark or error.context_mark
    return BadYaml(mark.line + 1 if mark else 1, words)


class _Composer:
    """Builds nodes from the parser's events. Its state: what anchors stand for, and how many nodes there are by now."""

    def __init__(self, loader: yaml.SafeLoader) -> None:
        self._loader = loader
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._count = 0

    def close(self) -> None:
        self._loader.dispose()

    def document(self) -> Node:
        self._next()  # the start of the stream
        if self._loader.check_event(yaml.StreamEndEvent):
            raise BadYaml(1, "the file is empty")
        self._next()  # the start of the document
        node = self._node(self._next(), depth=0)
        self._next()  # its end
        if not self._loader.check_event(yaml.StreamEndEvent):
            raise BadYaml(_line(self._next()), "the file must hold one document")
        return node

    def _next(self) -> Event:
        event: Event = self._loader.get_event()  # type: ignore[no-untyped-call]
        return event

    def _node(self, event: Event, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise BadYaml(_line(event), f"values are nested deeper than {MAX_DEPTH}")
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        before = self._count
        self._grow(event, 1)
        node = self._built(event, depth)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self._anchors[event.anchor] = (node, self._count - before)
        return node

    def _built(self, event: Event, depth: int) -> Node:
        if getattr(event, "tag", None) is not None:
            raise BadYaml(_line(event), "tags (!name) are not supported")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(_line(event), event.value, plain=event.implicit[0])
        if isinstance(event, yaml.SequenceStartEvent):
            nodes = []
            while not isinstance(item := self._next(), yaml.SequenceEndEvent):
                nodes.append(self._node(item, depth + 1))
            return Items(_line(event), tuple(nodes))
        entries = []
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            entries.append((self._node(key, depth + 1), self._node(self._next(), depth + 1)))
        return Table(_line(event), tuple(entries))

    def _aliased(self, event: yaml.AliasEvent) -> Node:
        if event.anchor not in self._anchors:
            raise BadYaml(_line(event), "an alias names no anchor above it")
        node, size = self._anchors[event.anchor]
        self._grow(event, size)
        return replace(node, line=_line(event))  # told of where it is used; what is inside it, where it is written

    def _grow(self, event: Event, nodes: int) -> None:
        self._count += nodes
        if self._count > MAX_NODES:
            raise BadYaml(_line(event), f"the file has more than {MAX_NODES} values, aliases counted in full")


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
