"""A request, read strictly: every unknown parameter and member is refused, every number is digits and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from starlette.requests import ClientDisconnect

from keys.admin.problems import Code, FieldProblem, Problem
from keys.repeatable import Repeatable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import Headers
    from starlette.requests import Request

    from keys.admin.caller import Caller

M = TypeVar("M", bound=BaseModel)

MAX_BODY_BYTES = 1_000_000
MAX_ERRORS = 50

_is_number = re.compile(r"[0-9]{1,15}").fullmatch
_is_idempotency_key = re.compile(r"[\x21-\x7e]{1,255}").fullmatch


def _number(text: object) -> object:
    return int(text) if isinstance(text, str) and _is_number(text) else None


def _truth(text: object) -> object:
    return {"true": True, "false": False}.get(text) if isinstance(text, str) else None


Number = Annotated[int, BeforeValidator(_number)]
Truth = Annotated[bool, BeforeValidator(_truth)]


class Query(BaseModel):
    """The parameters of a query string. This one has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request after its guards: who asks, and everything they said, checked against the endpoint's models."""

    caller: Caller
    path: Mapping[str, str]
    headers: Headers
    _query: BaseModel
    _body: BaseModel | None
    _bytes: bytes
    _act: str

    def query(self, model: type[M]) -> M:
        """The query, of the model that the endpoint's row names."""
        assert isinstance(self._query, model)  # noqa: S101 - the dispatcher has read it so
        return self._query

    def body(self, model: type[M]) -> M:
        """The body, of the model that the endpoint's row names."""
        assert isinstance(self._body, model)  # noqa: S101 - the dispatcher has read it so
        return self._body

    def repeatable(self) -> Repeatable | None:
        """What the Idempotency-Key stands for; None without one. Raises Problem for one that is none."""
        given = self.headers.getlist("idempotency-key")
        if not given:
            return None
        if len(given) > 1 or not _is_idempotency_key(given[0]):
            raise invalid("Idempotency-Key", "is not one token", "1 to 255 visible ASCII characters")
        asked = b"\0".join((self._act.encode(), *(value.encode() for value in self.path.values()), self._bytes))
        return Repeatable.of(self.caller.operator.id, given[0], asked)

    def revisions(self) -> frozenset[str] | None:
        """The revisions of If-Match; None for `*`. Raises Problem when there is no such field."""
        given = ",".join(self.headers.getlist("if-match"))
        if not given:
            raise Problem(Code.REVISION_REQUIRED, "send the ETag of what you read as If-Match")
        if given.strip() == "*":
            return None
        return frozenset(part.strip().strip('"') for part in given.split(","))


async def read_body(request: Request, model: type[BaseModel]) -> tuple[BaseModel, bytes]:
    """The body and its bytes. Raises Problem: 400, 413, 415, 422."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(Code.NOT_JSON, "the body must be application/json")
    received = await _receive(request)
    try:
        json.loads(received, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):
        raise Problem(Code.MALFORMED_JSON, "the body is not JSON, or has a member twice") from None
    try:
        return model.model_validate_json(received, strict=True), received
    except ValidationError as error:
        raise _problem_of(error) from None


def read_query(request: Request, model: type[M]) -> M:
    """The query string. Raises Problem (422)."""
    pairs = request.query_params.multi_items()
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise invalid(name[:80], "is there more than once", "each parameter once")
    try:
        return model.model_validate(dict(pairs))
    except ValidationError as error:
        raise _problem_of(error) from None


def invalid(field: str, message: str, allowed: str = "") -> Problem:
    """A 422 about one field."""
    return Problem(
        Code.INVALID_REQUEST,
        "1 thing(s) to put right",
        [FieldProblem(field=field, message=message, allowed=allowed)],
    )


async def _receive(request: Request) -> bytes:
    received = bytearray()
    try:
        async for chunk in request.stream():
            received += chunk
            if len(received) > MAX_BODY_BYTES:
                raise Problem(Code.BODY_TOO_LARGE, f"at most {MAX_BODY_BYTES} bytes", headers={"connection": "close"})
    except ClientDisconnect:
        raise Problem(Code.MALFORMED_JSON, "the body ended too soon") from None
    return bytes(received)


def _without_doubles(pairs: list[tuple[str, object]]) -> None:
    """A member that stands there twice would be read one way here and perhaps another elsewhere (RFC 8259, 4)."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a member twice")


def _problem_of(error: ValidationError) -> Problem:
    """What pydantic found, without what was sent: it may be a secret in the wrong place."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if any(one["type"] == "json_invalid" for one in found):
        return Problem(Code.MALFORMED_JSON, "the body is not JSON")
    errors = [FieldProblem(field=_field(one["loc"]), message=one["msg"]) for one in found[:MAX_ERRORS]]
    return Problem(Code.INVALID_REQUEST, f"{len(found)} thing(s) to put right", errors)


def _field(steps: tuple[Any, ...]) -> str:
    return ".".join(str(step)[:80] for step in steps) or "body"
