"""The seam between the request path and a transport: one request, and the way back to its client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.message import Answer, Fields, Request


class Exchange(Protocol):
    """One request and its answer. An answer that has begun and is not finished must reach the client as cut short.

    `begun`: a byte of it may have left. Before that, another answer can still be given in its place: a head waits for the
    first of its body, so a backend that breaks off in between is told as the fault it is.
    `refused`: the transport has answered, and recorded, this request in our place: its body turned out bad or too slow.
    `body` and every sending method raise a ConnectionError when there is no client any more.
    """

    request: Request
    refused: bool
    received_bytes: int
    sent_bytes: int

    @property
    def begun(self) -> bool: ...

    def body(self) -> AsyncIterator[bytes]:
        """The pieces of the request body as they come, once."""
        ...

    async def answer(self, answer: Answer) -> None:
        """A whole answer at once."""
        ...

    async def start(self, status: int, fields: Fields) -> None:
        """The head of an answer whose body follows. Takes the place of one that has not begun."""
        ...

    async def write(self, piece: bytes) -> None:
        """A piece of the body; waits while the client is slower than we are."""
        ...

    async def finish(self, piece: bytes = b"") -> None:
        """The last piece, and the end."""
        ...
