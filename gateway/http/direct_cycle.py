"""The fast lane: one request handed to the request path as it was parsed, its answer written as it comes. No ASGI.

It is a `gateway.exchange.Exchange`, as the ASGI form is one: the request path cannot tell them apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.http.cycle import Cycle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from gateway.http.head import Head
    from gateway.http.protocol import GatewayProtocol
    from gateway.message import Answer, Fields, Request

    Handle = Callable[["DirectCycle"], Awaitable[None]]


class DirectCycle(Cycle):
    """Runs the request path for one request."""

    __slots__ = ("_answer_head", "_handle", "received_bytes", "request", "sent_bytes")

    def __init__(self, connection: GatewayProtocol, head: Head, handle: Handle, request: Request) -> None:
        super().__init__(connection, head)
        self._handle = handle
        self.request = request
        self._answer_head: tuple[int, Fields] | None = None
        self.received_bytes = 0
        self.sent_bytes = 0

    @property
    def begun(self) -> bool:
        return self.writer.sent

    async def _answer(self) -> None:
        await self._handle(self)

    async def body(self) -> AsyncIterator[bytes]:
        """The pieces of the request body as they come. Raises ClientGone."""
        while True:
            self._require_client()
            if self._body:
                piece = self._take_body()
                self.received_bytes += len(piece)
                yield piece
            elif self._body_complete:
                return
            else:
                self._connection.want_body(self)
                await self._wait_for_news()

    async def answer(self, answer: Answer) -> None:
        await self.start(answer.status, answer.fields)
        await self.finish(answer.body)

    async def start(self, status: int, fields: Fields) -> None:
        self._require_client()
        self._answer_head = status, fields

    async def write(self, piece: bytes) -> None:
        await self._send(piece, more=True)

    async def finish(self, piece: bytes = b"") -> None:
        await self._send(piece, more=False)

    async def _send(self, piece: bytes, *, more: bool) -> None:
        if self._connection.flow.write_paused and not self.gone:
            await self._connection.flow.writable()
        self._require_client()
        head, self._answer_head = self._answer_head, None
        if head is not None:
            self.writer.start(*head)
        self.sent_bytes += len(piece)
        self._write(piece, more=more)
