"""The ASGI form of the gateway: from a scope to a `Request`, and back to ASGI messages. It decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.http import ClientGone
from gateway.message import Request
from gateway.pipeline import handle
from gateway.request_id import request_id_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import Message, Receive, Scope, Send

    from gateway.exchange import Exchange
    from gateway.gate import Gate
    from gateway.message import Answer, Fields


class AsgiExchange:
    """One request and its answer over ASGI's `receive` and `send` (spec version 3, type http)."""

    def __init__(self, request: Request, receive: Receive, send: Send) -> None:
        self.request = request
        self.begun = False
        self.refused = False
        self._head: Message | None = None
        self.received_bytes = 0
        self.sent_bytes = 0
        self._receive = receive
        self._send = send

    async def body(self) -> AsyncIterator[bytes]:
        """The pieces of the request body as they come. Raises `ClientGone`."""
        more = self.request.has_body
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            more = message.get("more_body", False)
            if piece := message.get("body", b""):
                self.received_bytes += len(piece)
                yield piece

    async def answer(self, answer: Answer) -> None:
        await self.start(answer.status, answer.fields)
        await self.finish(answer.body)

    async def start(self, status: int, fields: Fields) -> None:
        self._head = {"type": "http.response.start", "status": status, "headers": fields}

    async def write(self, piece: bytes) -> None:
        await self._send_body(piece, more=True)

    async def finish(self, piece: bytes = b"") -> None:
        await self._send_body(piece, more=False)

    async def _send_body(self, piece: bytes, *, more: bool) -> None:
        head, self._head = self._head, None
        if head is not None:
            self.begun = True
            await self._send(head)
        self.sent_bytes += len(piece)
        await self._send({"type": "http.response.body", "body": piece, "more_body": more})


class GatewayApp:
    """The ASGI application of the proxy listener. `gate` is asked for at each request, so that a reload swaps it whole.

    `in_flight`, the requests begun and not yet answered, is its only mutable state.
    """

    def __init__(self, gate: Callable[[], Gate]) -> None:
        self._gate = gate
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self.handle(AsgiExchange(request_of(scope), receive, send))
        else:
            raise ValueError(f"the gateway serves http, not {scope['type']}")

    async def handle(self, exchange: Exchange) -> None:
        """One request, whichever way it came."""
        self.in_flight += 1
        try:
            await handle(self._gate(), exchange)
        finally:
            self.in_flight -= 1


async def _lifespan(receive: Receive, send: Send) -> None:
    """Nothing starts here: gateway/app.py wires before a listener opens."""
    message: Message = {}
    while message.get("type") != "lifespan.shutdown":
        message = await receive()
        await send({"type": message["type"] + ".complete"})


def request_of(scope: Scope) -> Request:
    """The `Request` in an HTTP scope. Works on `raw_path` alone: `path` is decoded and must not be authorised on."""
    raw_path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    fields = tuple((bytes(name), bytes(value)) for name, value in scope["headers"])
    length, chunked = _framing(fields)
    return Request(
        method=scope["method"],
        target=raw_path + b"?" + query if query else raw_path,
        path=raw_path,
        fields=fields,
        client=scope["client"][0] if scope.get("client") else "",
        request_id=request_id_of(fields),
        scheme=scope["scheme"],
        http_version=scope["http_version"],
        content_length=length,
        chunked=chunked,
    )


def _framing(fields: Fields) -> tuple[int | None, bool]:
    length, chunked = None, False
    for name, value in fields:
        if name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding":
            chunked = True
    return length, chunked
