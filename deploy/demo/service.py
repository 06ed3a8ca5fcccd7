"""What the three services have in common: endpoints that know their caller, owner look-ups, one form of errors."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from deploy.demo.answers import Json, Refusal, answer_fault, answer_refusal, answer_unrouted
from deploy.demo.caller import Caller, caller_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    Endpoint = Callable[[Request, Caller], Awaitable[Response]]


class Owner(NamedTuple):
    """Whose a thing is, and the resource that a key's list of resources must name (None: the thing is no such)."""

    tenant: str
    resource: str | None = None


def guarded(path: str, **endpoints: Endpoint) -> Route:
    """A path and its endpoint for each method. They get the verified caller; without one the answer is 401."""

    async def run(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await endpoints[method](request, caller_of(request.headers))

    # one route for all methods, so that a 405 names them all
    return Route(path, run, methods=list(endpoints))


def owner_route(path: str, find: Callable[[str], Owner | None]) -> Route:
    """The look-up that the gateway makes before it forwards: `{"tenant", "resource"?}`, or 404.

    Not routed from outside. `find` must do the same work whether the id is known or not: its time is seen by clients.
    """

    async def run(request: Request) -> Response:
        owner = find(request.path_params["id"])
        if owner is None:
            return Json({"message": "Not found"}, 404)
        return Json({name: value for name, value in owner._asdict().items() if value is not None})

    return Route(path, run, methods=["GET"])


def service(routes: Sequence[Route], close: Callable[[], None] = lambda: None) -> Starlette:
    """One service as an ASGI application. `close` is called once, when it has answered its last request."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            close()

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={Refusal: answer_refusal, HTTPException: answer_unrouted, 500: answer_fault},
    )
    # another path is another thing: a trailing slash is 404, never a redirect
    app.router.redirect_slashes = False
    return app
