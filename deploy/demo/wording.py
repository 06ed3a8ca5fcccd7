"""From pydantic's findings to ours: a dotted path with indexes, and words that say what would be right."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from deploy.demo.answers import FieldError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic_core import ErrorDetails

TAG = "#"
"""Begins the tags of discriminated unions: they are steps of pydantic's, not of the path that the client wrote."""

MAX_ERRORS = 100
MAX_FIELD_CHARACTERS = 200

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "missing": "is required",
        "extra_forbidden": "is not a known field",
        "string_type": "must be a string",
        "string_too_short": "must have at least {min_length} character(s)",
        "string_too_long": "must have at most {max_length} characters",
        "int_type": "must be a whole number",
        "int_from_float": "must be a whole number",
        "float_type": "must be a number",
        "finite_number": "must be a finite number",
        "bool_type": "must be true or false",
        "literal_error": "must be one of: {expected}",
        "list_type": "must be a list",
        "too_short": "must have at least {min_length} item(s)",
        "too_long": "must have at most {max_length} items",
        "model_type": "must be an object",
        "dict_type": "must be an object",
        "greater_than_equal": "must be at least {ge}",
        "less_than_equal": "must be at most {le}",
    }
)


def wrong(message: str) -> PydanticCustomError:
    """What a validator of ours raises: `message` is shown as it is."""
    return PydanticCustomError("worded", "{message}", {"message": message})


def field_path(steps: Sequence[int | str]) -> str:
    """`("measures", 2, "measure")` as `measures[2].measure`; the whole body is `body`."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not step.startswith(TAG):
            path += f".{step}" if path else step
    return path[:MAX_FIELD_CHARACTERS] or "body"


def field_errors(found: Sequence[ErrorDetails]) -> list[FieldError]:
    """Every finding as an entry of `errors`, at most `MAX_ERRORS` of them."""
    return [FieldError(field_path(error["loc"]), _words(error)) for error in found[:MAX_ERRORS]]


def _words(error: ErrorDetails) -> str:
    template = WORDS.get(error["type"])
    return error["msg"] if template is None else template.format_map(error.get("ctx", {}))
