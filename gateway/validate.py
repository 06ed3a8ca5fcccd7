"""What the gateway itself must know of a body: its size, and that the members bound to the tenant name the tenant.

A body is parsed only where a route binds members of it; everything else passes as it is, a long one as a stream. Reading is strict, so that the backend's
parser cannot see another tenant than ours did: UTF-8 JSON, one object, no member twice.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from gateway.problems import FieldError, Reason, Refused
from gateway.read_ahead import read_ahead

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.exchange import Exchange
    from gateway.message import Request
    from gateway.routes import BodyRule

Body: TypeAlias = "bytes | AsyncIterator[bytes] | None"
"""A request body to forward: read already, still streaming, or none."""

_JSON_TYPE = re.compile(
    rb"application/(?:[a-z0-9.\-]+\+)?json[ \t]*(?:;[ \t]*charset=\"?utf-?8\"?[ \t]*)?\Z", re.IGNORECASE
)


async def validate_body(request: Request, exchange: Exchange, rule: BodyRule, tenant: str) -> Body:
    """The body to forward: None, all of it where it is short or members of it are bound, else its stream. Raises `Refused`."""
    if not request.has_body:
        return None
    require_size(request, rule)
    pieces = bounded(exchange.body(), rule.max_bytes)
    if rule.tenant_members:
        return await read_bound_body(request, pieces, rule, tenant)
    return await read_ahead(pieces)


def require_size(request: Request, rule: BodyRule) -> None:
    """Raises `Refused` (413) for a declared length over the route's limit, before a byte of the body is read."""
    if request.content_length is not None and request.content_length > rule.max_bytes:
        raise Refused(Reason.BODY_TOO_LARGE)


async def bounded(pieces: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    """The same pieces. Raises `Refused` (413) once they are more than `max_bytes` together."""
    total = 0
    async for piece in pieces:
        total += len(piece)
        if total > max_bytes:
            raise Refused(Reason.BODY_TOO_LARGE)
        yield piece


async def read_bound_body(request: Request, pieces: AsyncIterator[bytes], rule: BodyRule, tenant: str) -> bytes:
    """The whole body, whose bound members name `tenant` or are absent (the backend says which it needs).

    Raises `Refused`: 415 unless it is plain JSON, 400 for what cannot be read in one way only, 403 for another tenant.
    """
    _require_json(request)
    body = b"".join([piece async for piece in pieces])
    if body:
        _require_tenant(_parse(body), rule.tenant_members, tenant)
    return body


def _require_json(request: Request) -> None:
    types = request.values(b"content-type")
    codings = request.values(b"content-encoding")
    if len(types) != 1 or not _JSON_TYPE.match(types[0]) or any(coding.lower() != b"identity" for coding in codings):
        raise Refused(Reason.MEDIA_TYPE_UNSUPPORTED)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _invalid("body", "must be a JSON object in UTF-8, each member once") from error
    if not isinstance(document, dict):
        raise _invalid("body", "must be a JSON object")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _require_tenant(document: dict[str, Any], members: tuple[tuple[str, ...], ...], tenant: str) -> None:
    for path in members:
        holder: Any = document
        for name in path[:-1]:
            holder = holder.get(name) if isinstance(holder, dict) else None
        if not isinstance(holder, dict) or path[-1] not in holder:
            continue
        value, dotted = holder[path[-1]], ".".join(path)
        if not isinstance(value, str):
            raise _invalid(dotted, "must be a string")
        if value != tenant:
            raise Refused(Reason.BODY_TENANT_MISMATCH, words={"member": dotted})


def _invalid(field: str, message: str) -> Refused:
    return Refused(Reason.BODY_INVALID, errors=(FieldError(field, message),))
