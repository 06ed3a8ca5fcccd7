"""Parameters of the query string: strict, and all mistakes at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy.demo.answers import FieldError, invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import QueryParams

# int() would take "1_0", " 5" and digits of other scripts
PLAIN_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


@dataclass(slots=True)
class Parameters:
    """Reads the parameters of one request and gathers what is wrong; `done` raises it all together."""

    given: QueryParams
    errors: list[FieldError] = field(default_factory=list)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """The whole number `name` in [least, most]; `default` if it is absent or wrong."""
        text = self._only(name)
        if text is None:
            return default
        if PLAIN_NUMBER.fullmatch(text) and least <= int(text) <= most:
            return int(text)
        self.errors.append(FieldError(name, f"must be a whole number from {least} to {most}"))
        return default

    def choice(self, name: str, allowed: Sequence[str], default: str | None = None) -> str | None:
        """The value of `name`, one of `allowed`; `default` if it is absent or wrong."""
        text = self._only(name)
        if text is None or text in allowed:
            return default if text is None else text
        self.errors.append(FieldError(name, f"must be one of: {', '.join(allowed)}"))
        return default

    def done(self) -> None:
        """Raise `Refusal` (400) if anything read so far was wrong."""
        if self.errors:
            raise invalid(self.errors)

    def _only(self, name: str) -> str | None:
        values = self.given.getlist(name)
        if len(values) > 1:
            self.errors.append(FieldError(name, "must be given once"))
            return None
        return values[0] if values else None
