"""The gateway's own answers: one refusal -> status, fields, JSON body. The only place where a refusal gets its bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.credentials import challenge
from gateway.message import Answer

if TYPE_CHECKING:
    from gateway.apis import Api
    from gateway.message import Fields
    from gateway.problems import Refused

_JSON = (b"content-type", b"application/json")
_PRIVATE = (b"cache-control", b"private, no-store")


def render_refusal(refused: Refused, api: Api | None, request_id: str, limit_fields: Fields) -> Answer:
    """The answer to a refused request; `limit_fields` are the rate-limit headers that every answer carries.

    A row that hides has the same bytes for each of its reasons, whatever the request: its id is in the header alone.
    """
    body = json.dumps(_document(refused, api, request_id)).encode()
    own = [_JSON, _PRIVATE, *_vary(api), *_challenge(refused, api), *refused.fields]
    length = (b"content-length", str(len(body)).encode())
    return Answer(refused.problem.status, (*own, *limit_fields, (b"x-request-id", request_id.encode()), length), body)


def _document(refused: Refused, api: Api | None, request_id: str) -> dict[str, Any]:
    problem = refused.problem
    document: dict[str, Any] = {"message": _message(refused, api)}
    if refused.errors:
        document["errors"] = [{"field": error.field, "message": error.message} for error in refused.errors]
    if problem.code:
        document["code"] = problem.code
    if not problem.hides:
        document["request_id"] = request_id
    return document


def _message(refused: Refused, api: Api | None) -> str:
    if refused.message is not None:
        return refused.message
    own = api.texts.get(refused.shown_as) if api else None
    return (own or refused.problem.message).format_map(refused.words)


def _vary(api: Api | None) -> Fields:
    if api is None:
        return ()
    names = (api.credential.header, api.tenant_header) if api.tenant_header else (api.credential.header,)
    return ((b"vary", b", ".join(names)),)


def _challenge(refused: Refused, api: Api | None) -> Fields:
    if refused.problem.status != 401 or api is None:
        return ()
    return ((b"www-authenticate", challenge(api.credential, api.name)),)
