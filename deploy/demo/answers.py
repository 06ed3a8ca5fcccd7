"""How the services answer: JSON, and refusals as `message` plus one `errors` entry for each field that is wrong."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

log = logging.getLogger(__name__)


class FieldError(NamedTuple):
    """One field of a request that is wrong (`measures[2].measure`), and what would be right."""

    field: str
    message: str


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """The request is answered with `status` and `message`, and the `errors` of its fields if there are any."""

    def __init__(self, status: int, message: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)


class Json(Response):
    """A JSON answer."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def invalid(errors: Sequence[FieldError]) -> Refusal:
    """The 400 of both APIs: every mistake at once, one entry per field, the first found for it."""
    first = {error.field: error for error in reversed(errors)}
    return Refusal(400, "Validation failed", [error for error in errors if first[error.field] is error])


async def answer_refusal(_: Request, refusal: Exception) -> Response:
    """Render a `Refusal`."""
    assert isinstance(refusal, Refusal)  # noqa: S101 - for the type checker: registered for this class alone
    body: dict[str, Any] = {"message": refusal.message}
    if refusal.errors:
        body["errors"] = [error._asdict() for error in refusal.errors]
    return Json(body, refusal.status)


async def answer_unrouted(_: Request, exception: Exception) -> Response:
    """Render what Starlette's router refuses (404, 405) in the same form, keeping its `Allow`."""
    assert isinstance(exception, HTTPException)  # noqa: S101 - as above
    return Json({"message": HTTPStatus(exception.status_code).phrase}, exception.status_code, exception.headers)


async def answer_fault(request: Request, fault: Exception) -> Response:
    """A fault of ours: 500 with the request id that support asks for; what happened is in the log alone."""
    request_id = request.headers.get("x-request-id", "")
    log.error("request %s failed", request_id, exc_info=fault)
    return Json({"message": "An internal error occurred", "requestId": request_id}, 500)
