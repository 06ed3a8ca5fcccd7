"""The ASGI application: guards, routes, and the one way from a request to its answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from keys.admin import operators
from keys.admin.answer import Answer
from keys.admin.asked import Asked, read_body, read_query
from keys.admin.bodies import SessionBody
from keys.admin.caller import SAFE_METHODS, authenticate, refuse
from keys.admin.endpoints import ENDPOINTS, SIGN_IN_PATH
from keys.admin.failures import problem_of
from keys.admin.guard import Guard
from keys.admin.openapi import document
from keys.admin.problems import Code, Problem, not_found

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from keys.admin.desk import Desk
    from keys.admin.endpoints import Endpoint

    Respond = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger("keys.admin")


def admin_app(desk: Desk) -> ASGIApp:
    """The application for the admin listener. It answers every request, and never raises."""
    methods: dict[str, dict[str, Respond]] = {}
    for endpoint in ENDPOINTS:
        methods.setdefault(endpoint.path, {})[endpoint.method] = _responder(desk, endpoint)
    methods[SIGN_IN_PATH]["POST"] = _sign_in(desk)
    methods["/openapi.json"] = {"GET": _openapi()}
    app = Starlette(routes=[Route(path, Methods(by_method)) for path, by_method in methods.items()])
    app.router.redirect_slashes = False
    app.router.default = Methods({})
    return Guard(app, desk.settings.admin.hosts)


class Methods:
    """What a path answers to each method; to another, 405. Without any method: the path is none, 404."""

    def __init__(self, by_method: Mapping[str, Respond]) -> None:
        self._by_method = by_method

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        response = await _caught(request, self._by_method.get(request.method) or self._refuse)
        await response(scope, receive, send)

    async def _refuse(self, _request: Request) -> Response:
        if not self._by_method:
            raise not_found()
        allowed = ", ".join(sorted(self._by_method))
        raise Problem(Code.METHOD_NOT_ALLOWED, f"allowed: {allowed}", headers={"allow": allowed})


async def _caught(request: Request, respond: Respond) -> Response:
    """The answer, or the problem that an error is."""
    try:
        return await respond(request)
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            log.exception("admin_request_failed", method=request.method)
            problem = Problem(Code.INTERNAL, "report it, with the time at which it happened")
        return problem.response()


def _responder(desk: Desk, endpoint: Endpoint) -> Respond:
    """The life of a request: who asks, may they, what do they say, do it."""

    async def respond(request: Request) -> Response:
        caller = await authenticate(desk, request)
        if caller.operator.role not in endpoint.roles:
            await refuse(desk, caller, Code.FORBIDDEN, endpoint.name)
            raise Problem(Code.FORBIDDEN, f"role {caller.operator.role.value} may not do this")
        query = read_query(request, endpoint.query)
        body, received = await read_body(request, endpoint.reads) if endpoint.reads else (None, b"")
        asked = Asked(caller, request.path_params, request.headers, query, body, received, endpoint.name)
        answer = await endpoint.act(desk, asked)
        if request.method not in SAFE_METHODS:
            desk.on_change()
        return answer.response(endpoint.status) if isinstance(answer, Answer) else answer

    return respond


def _sign_in(desk: Desk) -> Respond:
    async def respond(request: Request) -> Response:
        body, _ = await read_body(request, SessionBody)
        assert isinstance(body, SessionBody)  # noqa: S101 - read so above
        return (await operators.sign_in(desk, request, body)).response(201)

    return respond


def _openapi() -> Respond:
    written = json.dumps(document(), ensure_ascii=False).encode()

    async def respond(_request: Request) -> Response:
        return Response(written, media_type="application/json")

    return respond
