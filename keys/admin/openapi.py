"""The OpenAPI 3.1 document, made from the table of endpoints and its models. Pure: no request is needed to read it."""

from __future__ import annotations

from collections import defaultdict
from http import HTTPStatus
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from keys.admin import operators
from keys.admin.bodies import SessionBody
from keys.admin.endpoints import ENDPOINTS, SIGN_IN_PATH
from keys.admin.problems import MEDIA_TYPE, PROBLEMS, Code, ProblemShape
from keys.admin.shapes import SessionShape
from keys.session import COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel

    from keys.admin.asked import Query
    from keys.admin.endpoints import Endpoint

VERSION = "1"
SERVED_PATHS = ("/openapi.json",)
"""Paths of the application that the document does not describe: itself."""

_REF = "#/components/schemas/{model}"
_ALWAYS = (
    Code.UNAUTHENTICATED,
    Code.TOO_MANY_FAILURES,
    Code.STORE_UNAVAILABLE,
    Code.BUSY,
    Code.INTERNAL,
    Code.WRONG_HOST,
)
_WITH_ROLES = (Code.FORBIDDEN, Code.INVALID_REQUEST)
_WITH_BODY = (Code.MALFORMED_JSON, Code.BODY_TOO_LARGE, Code.NOT_JSON, Code.INVALID_REQUEST)
_BY_SESSION = (Code.CROSS_SITE,)
_SECURITY: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]

_FIELDS: Mapping[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "description": "A token of your choice. Within a day, the same request under it is not done twice.",
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
    },
    "If-Match": {
        "description": "The ETag of what you read, or `*`.",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 400, "pattern": "^[\\x21-\\x7e]+$"},
    },
}


def document() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for endpoint in ENDPOINTS:
        paths[endpoint.path][endpoint.method.lower()] = _operation(endpoint)
    paths[SIGN_IN_PATH]["post"] = _sign_in()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Keys",
            "version": VERSION,
            "description": "Mint, find, rotate and revoke keys; prove what happened.",
        },
        "paths": dict(paths),
        "components": {"schemas": _schemas(), "securitySchemes": _schemes()},
    }


def codes_of(endpoint: Endpoint) -> list[Code]:
    """Every problem that an endpoint may answer with, in the order of the table of problems."""
    codes = {*_ALWAYS, *_WITH_ROLES, *endpoint.refuses}
    codes.update(_WITH_BODY if endpoint.reads else ())
    codes.update(_BY_SESSION if endpoint.method != "GET" else ())
    return [code for code in PROBLEMS if code in codes]


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "tags": [endpoint.path.split("/")[2]],
        "summary": cleandoc(endpoint.act.__doc__ or "").split(". ")[0].split("\n")[0].rstrip("."),
        "description": f"{cleandoc(endpoint.act.__doc__ or '')}\n\nRoles: {', '.join(sorted(endpoint.roles))}.",
        "security": _SECURITY,
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint.query), *_fields(endpoint)],
        "responses": _success(endpoint.status, endpoint.gives, endpoint.media_type) | _problems(codes_of(endpoint)),
    }
    if endpoint.reads:
        operation["requestBody"] = _body(endpoint.reads)
    return operation


def _sign_in() -> dict[str, Any]:
    codes = {*_ALWAYS, *_WITH_BODY, *_BY_SESSION}
    return {
        "operationId": "session_sign_in",
        "tags": ["session"],
        "summary": "Exchange a token for a session in a cookie",
        "description": cleandoc(operators.sign_in.__doc__ or ""),
        "security": [],
        "requestBody": _body(SessionBody),
        "responses": _success(201, SessionShape, "application/json")
        | _problems([one for one in PROBLEMS if one in codes]),
    }


def _body(model: type[BaseModel]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": _ref(model)}}}


def _success(status: int, model: type[BaseModel] | None, media_type: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if model is not None:
        # A stream of lines is no single value: each line is one.
        schema = (
            _ref(model)
            if media_type == "application/json"
            else {"type": "string", "description": "A JSON value a line."}
        )
        shown["content"] = {media_type: {"schema": schema}}
    return {str(status): shown}


def _problems(codes: Iterable[Code]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in codes:
        by_status[PROBLEMS[code].status].append(f"`{code.value}`: {PROBLEMS[code].title}.")
    content = {MEDIA_TYPE: {"schema": _ref(ProblemShape)}}
    return {str(status): {"description": " ".join(lines), "content": content} for status, lines in by_status.items()}


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in endpoint.path.split("/") if part.startswith("{")]
    schema = {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[A-Za-z0-9._:@+-]+$"}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query_parameters(model: type[Query]) -> list[dict[str, Any]]:
    schema = model.model_json_schema(ref_template=_REF)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(rule)}
        for name, rule in schema.get("properties", {}).items()
    ]


def _without_null(rule: dict[str, Any]) -> dict[str, Any]:
    """A parameter that is left out has no value; none is written as null."""
    rule = {name: value for name, value in rule.items() if not (name == "default" and value is None)}
    choices = [one for one in rule.pop("anyOf", []) if one != {"type": "null"}]
    return rule | choices[0] if choices else rule


def _fields(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [{"name": name, "in": "header", **_FIELDS[name]} for name in endpoint.fields]


def _models() -> list[type[BaseModel]]:
    named: set[type[BaseModel]] = {SessionBody, SessionShape, ProblemShape}
    for endpoint in ENDPOINTS:
        named.update(model for model in (endpoint.reads, endpoint.gives, endpoint.query) if model)
    return sorted(named, key=_name_of)


def _name_of(model: type[BaseModel]) -> str:
    return model.__name__


def _schemas() -> dict[str, Any]:
    reads = {one.reads for one in ENDPOINTS} | {SessionBody}
    modes = [(model, "validation" if model in reads else "serialization") for model in _models()]
    _, schema = models_json_schema(modes, ref_template=_REF)  # type: ignore[arg-type]
    schemas: dict[str, Any] = schema["$defs"]
    return schemas


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _schemes() -> dict[str, Any]:
    return {
        "token": {"type": "http", "scheme": "bearer", "description": "An operator token, `op_...`."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": COOKIE,
            "description": "A browser's session; a change needs X-CSRF-Token beside it, and the page's own origin.",
        },
    }
