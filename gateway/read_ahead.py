"""Read the beginning of a request body before a backend's connection is taken for it.

A client that sends slowly keeps no backend waiting, and no other client out of the pool: only what is longer than the
read-ahead streams. Most bodies are shorter, and are here with their head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

READ_AHEAD_BYTES = 64 * 1024


async def read_ahead(pieces: AsyncIterator[bytes]) -> bytes | AsyncIterator[bytes]:
    """The whole body, or, once `READ_AHEAD_BYTES` of it have come, its stream from the beginning on."""
    begun: list[bytes] = []
    size = 0
    async for piece in pieces:
        begun.append(piece)
        size += len(piece)
        if size >= READ_AHEAD_BYTES:
            return _chain(b"".join(begun), pieces)
    return b"".join(begun)


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
