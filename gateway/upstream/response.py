"""The asynchronous face of one exchange: callbacks of a connection on one side, `await` on the other."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Self

from gateway.upstream.errors import ProtocolFault, Reset

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.message import Fields
    from gateway.upstream.answer import AnswerHead
    from gateway.upstream.connection import Connection
    from gateway.upstream.errors import UpstreamError


class UpstreamResponse:
    """A backend's answer: its head at once, its body as it comes.

    Read it to its end, or `aclose()` it: until then it holds a connection (`async with` does). `whole` is the complete
    body when all of it had arrived with the head, else None. `content_length` None: not declared.
    """

    __slots__ = ("_inbox", "content_length", "fields", "reason", "status", "whole")

    def __init__(self, head: AnswerHead, whole: bytes | None, inbox: Inbox) -> None:
        self.status = head.status
        self.reason = head.reason
        self.fields: Fields = head.fields
        self.content_length = head.content_length
        self.whole = whole
        self._inbox = inbox

    async def body(self) -> AsyncIterator[bytes]:
        """The pieces of the body, each once. Raises `UpstreamError` where it breaks off: never a clean end."""
        while (piece := await self._inbox.next_piece()) is not None:
            yield piece

    async def read(self, max_bytes: int) -> bytes:
        """The whole body. Raises `UpstreamError` when it breaks off, `ProtocolFault` when it is over `max_bytes`."""
        body = bytearray()
        async for piece in self.body():
            body += piece
            if len(body) > max_bytes:
                await self.aclose()
                raise ProtocolFault(f"the answer's body has more than {max_bytes} bytes")
        return bytes(body)

    async def aclose(self) -> None:
        """Gives the connection up: drops it when the answer has not ended yet. May be called again."""
        self._inbox.abandon()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class Inbox:
    """Receives an answer and keeps it until it is asked for, with back-pressure; minds the task that sends the body.

    Mutable state, touched on the event loop only: what has come and is not taken yet, how it ended, who waits for more.
    `_connection` is None from the moment on at which the connection is no longer this exchange's.
    """

    __slots__ = (
        "_buffered_bytes", "_connection", "_fault", "_head", "_max_buffered_bytes", "_pieces", "_waiter", "_whole",
        "sender",
    )  # fmt: skip

    def __init__(self, connection: Connection, max_buffered_bytes: int) -> None:
        self.sender: asyncio.Task[None] | None = None
        self._connection: Connection | None = connection
        self._max_buffered_bytes = max_buffered_bytes
        self._head: AnswerHead | None = None
        self._whole: bytes | None = None
        self._pieces: deque[bytes] = deque()
        self._buffered_bytes = 0
        self._fault: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    def on_head(self, head: AnswerHead, whole: bytes | None) -> None:
        self._head = head
        self._whole = whole
        if whole is not None:
            self._connection = None
        if whole:
            self._pieces.append(whole)
            self._buffered_bytes = len(whole)
        self._wake()

    def on_body(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._buffered_bytes += len(piece)
        if self._buffered_bytes > self._max_buffered_bytes and self._connection is not None:
            self._connection.pause()
        self._wake()

    def on_end(self) -> None:
        self._let_go()

    def on_fault(self, fault: UpstreamError) -> None:
        self.fail(fault)

    def fail(self, error: Exception) -> None:
        """The exchange is over: whoever waits for the answer gets `error`."""
        self._fault = error
        connection = self._connection
        self._let_go()
        if connection is not None:
            connection.abort()

    def abandon(self) -> None:
        """Drops the connection, when it is still this exchange's; what is missing of the answer stays missing."""
        connection = self._connection
        if connection is None:
            return
        self._pieces.clear()
        self._fault = self._fault or Reset("the exchange was given up")
        self._let_go()
        connection.abort()

    async def response(self) -> UpstreamResponse:
        """Waits for the head. Raises the fault that came in its place."""
        while self._head is None:
            if self._fault is not None:
                raise self._fault
            await self._wait()
        return UpstreamResponse(self._head, self._whole, self)

    async def next_piece(self) -> bytes | None:
        """Waits for more of the body; None at its end. Raises the fault that broke it off."""
        while not self._pieces:
            if self._fault is not None:
                raise self._fault
            if self._connection is None:
                return None
            await self._wait()
        piece = self._pieces.popleft()
        self._buffered_bytes -= len(piece)
        if self._buffered_bytes <= self._max_buffered_bytes // 2 and self._connection is not None:
            self._connection.resume()
        return piece

    def _let_go(self) -> None:
        self._connection = None
        sender, self.sender = self.sender, None
        if sender is not None:
            sender.cancel()
        self._wake()

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
