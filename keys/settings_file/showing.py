"""What of a value may be shown to people: never a secret, never much."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import BaseModel

from keys.settings_file.mistakes import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN_CHARACTERS = 80
_SHORTEST_SECRET = 4  # anything shorter would also hide parts of ordinary words
_USER_OF_URL = re.compile(r"//[^/@\s]+@")


def shown(value: object) -> str:
    """A value as a person would write it; what is long is cut, what is made of parts is not shown."""
    if value is None or isinstance(value, dict | list | tuple | BaseModel):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(str(value)) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """`text` without any of `secrets`, and without the user and password of a URL."""
    text = _USER_OF_URL.sub(f"//{HIDDEN}@", text)
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return text
