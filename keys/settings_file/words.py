"""Pydantic's error types in our words: (what is wrong, what is allowed). A type without a row keeps pydantic's text."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from keys.settings_file.mistakes import WrongValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

_WHOLE = ("must be a whole number", "")
_NUMBER = ("must be a number", "")
_BOOL = ("must be true or false", "")
_TEXT = ("must be a text; put it in quotes", "")
_LIST = ("must be a list", "")
_TABLE = ("must be a mapping (key: value)", "")

# {names} are those of the error's own context.
_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "missing": ("is missing", ""),
        "int_type": _WHOLE,
        "int_parsing": _WHOLE,
        "int_parsing_size": _WHOLE,
        "int_from_float": _WHOLE,
        "float_type": _NUMBER,
        "float_parsing": _NUMBER,
        "finite_number": _NUMBER,
        "bool_type": _BOOL,
        "bool_parsing": _BOOL,
        "string_type": _TEXT,
        "list_type": _LIST,
        "tuple_type": _LIST,
        "set_type": _LIST,
        "frozen_set_type": _LIST,
        "dict_type": _TABLE,
        "mapping_type": _TABLE,
        "model_type": _TABLE,
        "model_attributes_type": _TABLE,
        "greater_than": ("is too small", "more than {gt}"),
        "greater_than_equal": ("is too small", "{ge} or more"),
        "less_than": ("is too large", "less than {lt}"),
        "less_than_equal": ("is too large", "{le} or less"),
        "literal_error": ("is not allowed", "{expected}"),
        "enum": ("is not allowed", "{expected}"),
        "string_pattern_mismatch": ("has not the form it must have", "{pattern}"),
        "string_too_short": ("is too short", "{min_length} characters or more"),
        "string_too_long": ("is too long", "{max_length} characters or fewer"),
        "too_short": ("has too few entries", "{min_length} or more"),
        "too_long": ("has too many entries", "{max_length} or fewer"),
        "set_item_not_hashable": ("must be a plain value", ""),
    }
)


def worded(error: ErrorDetails) -> tuple[str, str]:
    """Give (message, allowed) for one error of pydantic's. The message follows the value in a sentence."""
    context = {name: _shortest(value) for name, value in error.get("ctx", {}).items()}
    raised = context.get("error")
    if isinstance(raised, WrongValue):
        return raised.message, raised.allowed
    if isinstance(raised, Exception):
        return str(raised), ""
    if (row := _WORDS.get(error["type"])) is None:
        return f"is not allowed: {error['msg']}", ""
    message, allowed = row
    return message.format_map(context), allowed.format_map(context)


def any_of(words: list[tuple[str, str]]) -> tuple[str, str]:
    """One (message, allowed) of several: errors at one place are the branches of a union."""
    if len(words) == 1:
        return words[0]
    choices = dict.fromkeys(allowed or message.removeprefix("must be ") for message, allowed in words)
    return "fits none of what is allowed", ", or ".join(choices)


def _shortest(value: object) -> object:
    """A bound as people write it: 0, not 0.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
