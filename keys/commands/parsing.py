"""The texts of flags -> values. Raises BadParameter, naming the flag, the bad value and what is allowed."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import typer

from keys.secret import looks_like_key
from keys.times import parse_when

if TYPE_CHECKING:
    from collections.abc import Sequence

_HINT = re.compile(r"(?:[a-z][a-z0-9_]*_)?([0-9A-Za-z]{10})(?:…|\.\.\.)?")


def split(values: Sequence[str] | None) -> list[str]:
    """`--scope a,b --scope c` as [a, b, c]."""
    return [part.strip() for value in values or () for part in value.split(",") if part.strip()]


def read_expiry(text: str | None) -> float | None:
    """The moment that --expires means."""
    if text is None:
        return None
    try:
        return parse_when(text, time.time())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--expires") from None


def read_labels(texts: Sequence[str] | None) -> dict[str, str]:
    """The labels that --label gives; the last of a name counts."""
    labels = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r} is no label; allowed: NAME=VALUE", param_hint="--label")
        labels[name] = value
    return labels


def key_id_of(text: str) -> str:
    """The id in what a person pastes: the id itself, or the hint with its prefix. A whole key is left as it is."""
    found = _HINT.fullmatch(text)
    return text if found is None or looks_like_key(text) else found[1]
