"""One request and its answer as an ASGI application sees them: a scope, `receive`, `send`, in a task of their own."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from gateway.http.flow import HIGH_WATER_BYTES
from gateway.http.response import ResponseWriter

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope

    from gateway.http.head import Head
    from gateway.http.protocol import GatewayProtocol

_LOG = logging.getLogger("gateway.http")


class ClientGone(ConnectionError):  # noqa: N818 - an event, not a fault
    """Nobody reads this answer any more; `send` raises it (an OSError, as ASGI 2.4 asks)."""

    def __init__(self) -> None:
        super().__init__("the client is gone")


class Cycle:
    """Lives from the request's head to the return of the application.

    The connection feeds it (`feed`, `finish_body`, `disconnect`); it asks the connection to write, to go on reading, and
    tells it how the exchange ended (`answered`, `failed`, `abort`). After `answered` the connection has forgotten it.
    """

    __slots__ = ("_body", "_body_complete", "_body_delivered", "_connection", "_news", "gone", "head", "task", "writer")

    def __init__(self, connection: GatewayProtocol, head: Head) -> None:
        self._connection = connection
        self._body = bytearray()
        self._body_complete = False
        self._body_delivered = False
        self._news: asyncio.Event | None = None
        self.head = head
        self.gone = False
        self.task: asyncio.Task[None] | None = None
        self.writer = ResponseWriter(head.method, head.version, keep_alive=head.keep_alive)

    def feed(self, piece: bytes) -> None:
        """Take body bytes; reading pauses when the application does not."""
        self._body += piece
        if len(self._body) > HIGH_WATER_BYTES:
            self._connection.pause_body()
        self._tell()

    def finish_body(self) -> None:
        self._body_complete = True
        self._tell()

    def disconnect(self, *, cancel: bool) -> None:
        """The client is gone, or was refused: nothing this cycle still sends will be read."""
        self.gone = True
        self._tell()
        if cancel and self.task is not None:
            self.task.cancel()

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Run the application; an answer it does not finish is never shown as finished."""
        try:
            await app(scope, self.receive, self.send)
        except asyncio.CancelledError:
            self._connection.abort(self)
            raise
        except Exception:  # noqa: BLE001 - whatever an application raises, its connection must end
            if not self.gone:
                _LOG.exception("the application failed")
        else:
            if not self.writer.complete and not self.gone:
                _LOG.error("the application returned before its answer was complete")
        if not self.writer.complete and not self.gone:
            self._connection.failed(self)

    async def receive(self) -> Message:
        """ASGI's receive: the body in pieces, then `http.disconnect` once the answer is complete or the client gone."""
        if not self._body_delivered and not self._body_complete and not self.gone:
            self._connection.want_body(self)
        while not (self.gone or self.writer.complete):
            if self._body or (self._body_complete and not self._body_delivered):
                return self._take_body()
            if self._news is None:
                self._news = asyncio.Event()
            self._news.clear()
            await self._news.wait()
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

    def _write(self, piece: bytes, *, more: bool) -> None:
        if not self.writer.sent and self.writer.keep_alive:
            self.writer.keep_alive = self._connection.may_keep_alive()
        for buffer in self.writer.body(piece, more=more):
            self._connection.write(buffer)
        if self.writer.complete:
            self._tell()
            self._connection.answered(self)

    def _take_body(self) -> Message:
        body, self._body = bytes(self._body), bytearray()
        self._body_delivered = self._body_complete
        return {"type": "http.request", "body": body, "more_body": not self._body_complete}

    def _require_client(self) -> None:
        if self.gone:
            raise ClientGone

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()
