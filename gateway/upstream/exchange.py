"""One request sent and its answer awaited, on a connection that is already there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from gateway.upstream.request import body_encoder, render_head
from gateway.upstream.response import Inbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.upstream.connection import Connection
    from gateway.upstream.request import BodyEncoder, UpstreamRequest
    from gateway.upstream.response import UpstreamResponse


class Outgoing(NamedTuple):
    """A request ready to be written: `first` in one piece, then what `pieces` still brings, if it is not None."""

    first: bytes
    head_only: bool
    encoder: BodyEncoder | None = None
    pieces: AsyncIterator[bytes] | None = None


def prepare(request: UpstreamRequest, body: bytes | AsyncIterator[bytes] | None) -> Outgoing:
    """Renders a request. A body that is whole already goes out with the head.

    Raises `ValueError` when fields and body contradict each other: the caller's mistake, seen before a byte is sent.
    """
    head = render_head(request)
    encoder = body_encoder(head)
    head_only = request.method == "HEAD"
    if body is not None and not isinstance(body, bytes):
        if encoder is None:
            raise ValueError("a body, but no field that frames it")
        return Outgoing(head, head_only, encoder, body)
    if encoder is not None:
        head += encoder.encode(body or b"") + encoder.finish()
    elif body:
        raise ValueError("a body, but no field that frames it")
    return Outgoing(head, head_only)


async def converse(connection: Connection, outgoing: Outgoing, max_buffered_bytes: int) -> UpstreamResponse:
    """Sends the request and waits for the head of its answer, which may come before the request is wholly sent.

    Raises `UpstreamError`, or what the body's iterator raised; the connection is closed then, as it is on cancellation.
    """
    inbox = Inbox(connection, max_buffered_bytes)
    try:
        connection.start(outgoing.first, inbox, head_only=outgoing.head_only, whole=outgoing.pieces is None)
        if outgoing.pieces is not None and outgoing.encoder is not None:
            inbox.sender = asyncio.create_task(_send_body(connection, outgoing.pieces, outgoing.encoder, inbox))
        return await inbox.response()
    except BaseException:
        inbox.abandon()
        raise


async def _send_body(connection: Connection, pieces: AsyncIterator[bytes], encoder: BodyEncoder, inbox: Inbox) -> None:
    """Whatever goes wrong here, the connection is aborted: a body that is not whole never completes at the backend."""
    try:
        async for piece in pieces:
            connection.write(encoder.encode(piece))
            await connection.writable()
        connection.write(encoder.finish())
        connection.finish_request()
    except Exception as error:  # noqa: BLE001 - not ours to judge: it is raised to whoever awaits the answer
        inbox.fail(error)
