"""One record of an import file -> the order of a key, or everything that is wrong with it. Pure.

A mistake never repeats the value of `sha256` or of an unknown column: somebody may have put a whole key there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keys.errors import Rejected, Rejection
from keys.plans import parse_limit
from keys.rules import MintOrder
from keys.times import parse_when

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from keys.bulk.reading import Record
    from keys.model import Limit

FIELDS = (
    *("sha256", "prefix", "name", "account", "tenant", "resources", "scopes", "plan", "limit", "burst"),
    *("expires_at", "created_at", "labels"),
)
"""What a record may hold; `sha256`, `prefix` and `account` it must."""

DEFAULT_NAME = "imported"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SEPARATOR = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A key to come in: its order, the SHA-256 of its text (lower-case hex), and when the other system made it."""

    line: int
    order: MintOrder
    sha256: str
    created_at: float | None


def read_line(record: Record, defaults: Mapping[str, str], now: float) -> Incoming:
    """The key that a record describes. `defaults`: for what it leaves out. Raises Rejected with all its mistakes."""
    if record.broken:
        raise Rejected([Rejection("line", "", record.broken)])
    values = {"name": DEFAULT_NAME, **defaults, **record.values}
    read = _Reading(values, now)
    order = MintOrder(
        prefix=read.text("prefix"),
        name=read.text("name"),
        account=read.text("account"),
        tenant=read.optional("tenant"),
        resources=read.words("resources") or None,
        scopes=frozenset(read.words("scopes")),
        plan=read.optional("plan"),
        limit=read.limit(),
        expires_at=read.moment("expires_at"),
        labels=read.labels(),
    )
    incoming = Incoming(record.line, order, read.sha256(), read.moment("created_at"))
    mistakes = [*read.mistakes, *_unknown(values), *_from_the_future(incoming.created_at, now)]
    if mistakes:
        raise Rejected(mistakes)
    return incoming


class _Reading:
    """The values of one record, read by name. Mutable state: the mistakes found so far."""

    def __init__(self, values: Mapping[str, Any], now: float) -> None:
        self._values = values
        self._now = now
        self.mistakes: list[Rejection] = []

    def _wrong(self, field: str, message: str, allowed: str = "") -> None:
        self.mistakes.append(Rejection(field, "", message, allowed))

    def optional(self, field: str) -> str | None:
        value = self._values.get(field)
        if value is None or isinstance(value, str):
            return value or None
        self._wrong(field, "is no text")
        return None

    def text(self, field: str) -> str:
        if field not in self._values:
            self._wrong(field, "is missing")
        return self.optional(field) or ""

    def sha256(self) -> str:
        text = self.text("sha256").lower()
        if text and _SHA256.fullmatch(text) is None:
            self._wrong("sha256", "is not the SHA-256 of a key", "64 hexadecimal digits")
        return text

    def words(self, field: str) -> tuple[str, ...]:
        """A JSON array of texts, or a text of words with spaces, commas or semicolons between."""
        value = self._values.get(field, "")
        if isinstance(value, str):
            return tuple(word for word in _SEPARATOR.split(value) if word)
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            return tuple(value)
        self._wrong(field, "is no list of texts")
        return ()

    def limit(self) -> Limit | None:
        text, burst = self.optional("limit"), self._values.get("burst")
        if text is None:
            if burst is not None:
                self._wrong("burst", "needs a limit beside it")
            return None
        limit: Limit | None = self._try("limit", lambda: parse_limit(text, None if burst is None else _whole(burst)))
        return limit

    def moment(self, field: str) -> float | None:
        text = self.optional(field)
        if text is None:
            return None
        moment: float | None = self._try(field, lambda: parse_when(text, self._now))
        return moment

    def labels(self) -> Mapping[str, str]:
        """A JSON object of texts, or `name=value` with spaces, commas or semicolons between."""
        value = self._values.get("labels", "")
        if isinstance(value, str):
            pairs = [pair.partition("=") for pair in _SEPARATOR.split(value) if pair]
            if all(equals for _, equals, _ in pairs):
                return {name: text for name, _, text in pairs}
        elif isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
            return value
        self._wrong("labels", "is no set of labels", "name=value;name=value, or a JSON object of texts")
        return {}

    def _try(self, field: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except ValueError as error:
            self._wrong(field, str(error))
            return None


def _whole(value: Any) -> int:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,10}", text):
        raise ValueError("the burst is no whole number")
    return int(text)


def _unknown(values: Mapping[str, Any]) -> Iterator[Rejection]:
    for name in values.keys() - set(FIELDS):
        # A first line that is missing makes the first key a row of names: they are not repeated.
        shown = repr(name) if re.fullmatch(r"[a-z_]{1,20}", name) else "a column"
        yield Rejection("line", "", f"{shown} is unknown", ", ".join(FIELDS))


def _from_the_future(created_at: float | None, now: float) -> Iterator[Rejection]:
    if created_at is not None and not 0 <= created_at <= now:
        yield Rejection("created_at", "", "is not in the past")
