"""What a supervisor and a monitor ask: is it alive, may it get traffic, what has it counted. Without authentication,
so without details: names of checks and one word each. The routes stand on the status listener, never on the public one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from gateway.metrics import Metrics

log = structlog.get_logger("gateway.status")

FRESH = {"cache-control": "no-store"}


class Health(StrEnum):
    """How one thing is. A warning (it works, with less than it should have) stays ready."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Status:
    """The three answers. `checks` are asked anew each time; `draining` is true from the signal to stop on."""

    def __init__(
        self, checks: Mapping[str, Callable[[], Health]], metrics: Metrics, draining: Callable[[], bool]
    ) -> None:
        self._checks = dict(checks)
        self._metrics = metrics
        self._draining = draining

    def routes(self) -> list[Route]:
        """To stand on a listener of their own, or beside the admin API."""
        return [
            Route("/livez", self.livez, methods=["GET"]),
            Route("/readyz", self.readyz, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]

    def app(self) -> Starlette:
        app = Starlette(routes=self.routes())
        app.router.redirect_slashes = False
        return app

    def beside(self, app: ASGIApp) -> Starlette:
        """The three answers, and `app` at every other path: for a listener that has more to do."""
        both = Starlette(routes=[*self.routes(), Mount("/", app)])
        both.router.redirect_slashes = False
        return both

    async def livez(self, _request: Request) -> Response:
        """200 as long as the event loop turns. Who is not alive must be restarted, who is only not ready must not."""
        return JSONResponse({"status": "ok"}, headers=FRESH)

    async def readyz(self, _request: Request) -> Response:
        """200 when every check is ok or warns; 503 when one failed, or the process is about to stop."""
        found = {name: _ask(name, check) for name, check in self._checks.items()}
        worst = max(found.values(), key=list(Health).index, default=Health.OK)
        draining = self._draining()
        return JSONResponse(
            {"status": "draining" if draining else worst, "checks": found},
            status_code=503 if draining or worst is Health.FAILED else 200,
            headers=FRESH,
        )

    async def metrics(self, request: Request) -> Response:
        """The metrics, as docs/metrics.md lists them."""
        page, media_type = self._metrics.render(request.headers.get("accept", ""))
        return Response(page, headers={**FRESH, "content-type": media_type})


def _ask(name: str, check: Callable[[], Health]) -> Health:
    try:
        return check()
    except Exception:  # a check that cannot tell is no reason to send traffic
        log.exception("check_failed", check=name)
        return Health.FAILED
