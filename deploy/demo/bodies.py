"""A request's body as a checked value, or a 400 that names every mistake in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from deploy.demo.answers import FieldError, Refusal, invalid
from deploy.demo.wording import field_errors

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_BODY_BYTES = 1 << 20

Checked = TypeVar("Checked", bound=BaseModel)


class CamelModel(BaseModel):
    """A JSON object of the Upstack API: camelCase members, no unknown ones, no type taken for another."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )


async def read_object(request: Request, empty: dict[str, Any] | None = None) -> dict[str, Any]:
    """The body as a JSON object, `empty` if there is none. Raises `Refusal`: 413 over `MAX_BODY_BYTES`, else 400."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise Refusal(413, f"The body is larger than {MAX_BODY_BYTES} bytes")
    if not body and empty is not None:
        return empty
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise invalid([FieldError("body", "must be valid JSON")]) from None
    if not isinstance(value, dict):
        raise invalid([FieldError("body", "must be a JSON object")])
    return value


def check(model: type[Checked], value: dict[str, Any], context: Any = None) -> Checked:
    """`value` as a `model`; raises `Refusal` (400) with every mistake that it has."""
    try:
        return model.model_validate(value, context=context)
    except ValidationError as error:
        raise invalid(field_errors(error.errors(include_url=False, include_input=False))) from None
