"""One request and its answer: what the connection and whoever answers have in common, whichever way the two talk.

Two ways there are, and this is all that they share and all that tells them apart: `asgi_cycle` runs an ASGI application,
`direct_cycle` hands the exchange to the request path without ASGI in between.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from gateway.http.flow import HIGH_WATER_BYTES
from gateway.http.response import ResponseWriter

if TYPE_CHECKING:
    from gateway.http.head import Head
    from gateway.http.protocol import GatewayProtocol

_LOG = logging.getLogger("gateway.http")


class ClientGone(ConnectionError):  # noqa: N818 - an event, not a fault
    """Nobody reads this answer any more; sending raises it (an OSError, as ASGI 2.4 asks)."""

    def __init__(self) -> None:
        super().__init__("the client is gone")


class Cycle(ABC):
    """Lives from the request's head to the end of whoever answers.

    The connection feeds it (`feed`, `finish_body`, `disconnect`); it asks the connection to write, to go on reading, and
    tells it how the exchange ended (`answered`, `failed`, `abort`). After `answered` the connection has forgotten it.
    `refused`: the connection itself has answered, and recorded, a body that turned out bad.
    """

    __slots__ = ("_body", "_body_complete", "_connection", "_news", "gone", "head", "refused", "task", "writer")

    def __init__(self, connection: GatewayProtocol, head: Head) -> None:
        self._connection = connection
        self._body = bytearray()
        self._body_complete = False
        self._news: asyncio.Event | None = None
        self.head = head
        self.gone = False
        self.refused = False
        self.task: asyncio.Task[None] | None = None
        self.writer = ResponseWriter(head.method, head.version, keep_alive=head.keep_alive)

    # Called by the connection

    def feed(self, piece: bytes) -> None:
        """Take body bytes; reading pauses when nobody takes them on."""
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

    async def run(self) -> None:
        """Have the request answered; an answer that is not finished is never shown as finished."""
        try:
            await self._answer()
        except asyncio.CancelledError:
            self._connection.abort(self)
            raise
        except Exception:  # noqa: BLE001 - whatever an application raises, its connection must end
            if not self.gone:
                _LOG.exception("the application failed")
        if not self.writer.complete and not self.gone:
            self._connection.failed(self)

    @abstractmethod
    async def _answer(self) -> None:
        """Whoever answers, asked to."""

    # For whoever answers

    async def _wait_for_news(self) -> None:
        """Until there are more body bytes, or an end of the body, the answer or the client."""
        if self._news is None:
            self._news = asyncio.Event()
        self._news.clear()
        await self._news.wait()

    def _take_body(self) -> bytes:
        body, self._body = bytes(self._body), bytearray()
        return body

    def _write(self, piece: bytes, *, more: bool) -> None:
        if not self.writer.sent and self.writer.keep_alive:
            self.writer.keep_alive = self._connection.may_keep_alive()
        for buffer in self.writer.body(piece, more=more):
            self._connection.write(buffer)
        if self.writer.complete:
            self._tell()
            self._connection.answered(self)

    def _require_client(self) -> None:
        if self.gone:
            raise ClientGone

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()
