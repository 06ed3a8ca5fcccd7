"""What is wrong in a settings file: one value per mistake, and the exception that carries all of them."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Loc = tuple[str | int, ...]
"""Where a value stands: the keys and list indexes that lead to it, from the top of the file."""

HIDDEN = "***"

_PLAIN_KEY = re.compile(r"[^\s.\[\]\"']+")


class Cross(NamedTuple):
    """A value that is fine alone and wrong beside another. `loc` is relative to the model that reports it.

    `message` follows the value in a sentence ("is not declared") and never quotes it: the reader shows or hides it.
    """

    loc: Loc
    value: object
    message: str
    allowed: str = ""


class CrossErrors(ValueError):  # noqa: N818 - several
    """Raised inside a pydantic model validator to report several mistakes, each with its own location."""

    def __init__(self, crosses: Sequence[Cross]) -> None:
        super().__init__("; ".join(f"{key_text(cross.loc)} {cross.message}" for cross in crosses))
        self.crosses = tuple(Cross(*cross) for cross in crosses)


class WrongValue(ValueError):  # noqa: N818 - read as a sentence where it is raised
    """Raised by a field validator to say what is wrong with the value, and what is allowed instead."""

    def __init__(self, message: str, allowed: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake of a settings file. `value` is ready to show: quoted, shortened, `***` if secret, empty if none."""

    file: str
    line: int
    key: str
    value: str
    message: str
    allowed: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: "
        key = f"{self.key}: " if self.key else ""
        sentence = f"{self.value} {self.message}" if self.value else self.message
        return f"{place}{key}{sentence}" + (f"; allowed: {self.allowed}" if self.allowed else "")

    def as_dict(self) -> dict[str, str | int]:
        """The mistake for a JSON answer."""
        return asdict(self)


class SettingsError(Exception):
    """A settings file cannot be used. `mistakes` holds all of them, in the order of the file; never empty."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)


def key_text(loc: Loc) -> str:
    """`("apis", "upstack", "routes", 2)` as `apis.upstack.routes[2]`; keys with odd characters are quoted."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{part!r}]"
    return text
