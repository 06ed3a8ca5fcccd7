"""One request and its answer as an ASGI application sees them: a scope, `receive`, `send`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from gateway.http.cycle import Cycle

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope

    from gateway.http.head import Head
    from gateway.http.protocol import GatewayProtocol

_LOG = logging.getLogger("gateway.http")


class AsgiCycle(Cycle):
    """Runs one ASGI 3 application for one request."""

    __slots__ = ("_app", "_body_delivered", "_scope")

    def __init__(self, connection: GatewayProtocol, head: Head, app: ASGIApp, scope: Scope) -> None:
        super().__init__(connection, head)
        self._app = app
        self._scope = scope
        self._body_delivered = False

    async def _answer(self) -> None:
        await self._app(self._scope, self.receive, self.send)
        if not self.writer.complete and not self.gone:
            _LOG.error("the application returned before its answer was complete")

    async def receive(self) -> Message:
        """ASGI's receive: the body in pieces, then `http.disconnect` once the answer is complete or the client gone."""
        if not self._body_delivered and not self._body_complete and not self.gone:
            self._connection.want_body(self)
        while not (self.gone or self.writer.complete):
            if self._body or (self._body_complete and not self._body_delivered):
                self._body_delivered = self._body_complete
                return {"type": "http.request", "body": self._take_body(), "more_body": not self._body_complete}
            await self._wait_for_news()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """ASGI's send. Waits while the client does not read. Raises ClientGone, or BadResponse for a broken answer."""
        kind = message["type"]
        if kind == "http.response.body":
            if self._connection.flow.write_paused and not self.gone:
                await self._connection.flow.writable()
            self._require_client()
            self._write(message.get("body", b""), more=message.get("more_body", False))
        elif kind == "http.response.start":
            self._require_client()
            self.writer.start(message["status"], message.get("headers", ()))
        else:
            raise RuntimeError(f"{kind} is no message of an HTTP answer")
