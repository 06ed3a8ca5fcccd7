"""`${NAME}` and `${NAME:-default}` in a settings value, filled from the environment or from a file it names.

As in a shell, `:-` stands in for a variable that is unset or empty. When NAME is unset, NAME_FILE may name a file whose
content, without the white space around it, is the value: so a secret needs to be neither in the settings nor in the environment.
`$${` is a literal `${`.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SECRET_BYTES = 1 << 16

_PLACE = re.compile(r"(?P<escaped>\$\$\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^}]*)?\}|(?P<broken>\$\{)")


class Filled(NamedTuple):
    """A text after substitution: `changed` at all, `foreign`: some of it came from outside, so never show it."""

    text: str
    changed: bool
    foreign: bool


class Unfilled(Exception):  # noqa: N818 - becomes one Mistake
    """A substitution cannot be made; the text says why, and never quotes what came from outside."""


@dataclass(slots=True)
class Substitution:
    """Fills the values of one settings file. `warnings` collects what ops should know of the secret files read."""

    environment: Mapping[str, str] = field(repr=False)
    warnings: list[str] = field(default_factory=list)

    def fill(self, text: str) -> Filled:
        """Give `text` with every `${...}` filled. Raises Unfilled."""
        if "${" not in text:
            return Filled(text, changed=False, foreign=False)
        pieces: list[str] = []
        foreign = False
        end = 0
        for place in _PLACE.finditer(text):
            value, outside = self._value(place)
            pieces += (text[end : place.start()], value)
            foreign = foreign or outside
            end = place.end()
        return Filled("".join(pieces) + text[end:], changed=True, foreign=foreign)

    def _value(self, place: re.Match[str]) -> tuple[str, bool]:
        if place["escaped"]:
            return "${", False
        if place["broken"]:
            raise Unfilled(
                "holds a '${' that is neither ${NAME} nor ${NAME:-default}; write $${ for the two characters"
            )
        name, default = place["name"], place["default"]
        value = self._outside(name)
        if value or (value is not None and default is None):
            return value, True
        if default is None:
            raise Unfilled(f"needs the environment variable {name}, or {name}_FILE, or a default: ${{{name}:-default}}")
        return default.removeprefix(":-"), False

    def _outside(self, name: str) -> str | None:
        if name in self.environment:
            return self.environment[name]
        source = self.environment.get(f"{name}_FILE")
        return self._secret(f"{name}_FILE", Path(source)) if source else None

    def _secret(self, name: str, path: Path) -> str:
        try:
            with path.open("rb") as file:
                mode = stat.S_IMODE(path.stat().st_mode)
                content = file.read(MAX_SECRET_BYTES + 1)
        except OSError as error:
            raise Unfilled(f"needs the file that {name} names, which cannot be read: {error.strerror}") from None
        if len(content) > MAX_SECRET_BYTES:
            raise Unfilled(f"needs the file that {name} names, which is larger than {MAX_SECRET_BYTES} bytes")
        if mode & ~0o600:
            warning = f"the file that {name} names has the mode {mode:04o}; 0600 keeps it from others"
            self.warnings += [] if warning in self.warnings else [warning]
        try:
            return content.decode().strip()
        except UnicodeDecodeError:
            raise Unfilled(f"needs the file that {name} names, which is not UTF-8") from None
