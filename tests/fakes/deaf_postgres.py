"""A way to PostgreSQL on which notices are lost, as through a pooler in transaction mode; everything else passes.

It understands of the protocol what it needs: from the server come messages of a type, a length and a body, and those of
type `A` (NotificationResponse) are dropped. The client must not ask for TLS (`?ssl=disable`).
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

NOTIFICATION = b"A"


@asynccontextmanager
async def deaf_way_to(port: int):
    """The port of a way to the PostgreSQL at `port`."""
    tasks = set()

    async def carry(reader, writer) -> None:
        tasks.add(asyncio.current_task())
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(copy(reader, to_writer), copy_but_notices(to_reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            to_writer.close()
            writer.close()

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def copy(reader, writer) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
    raise asyncio.IncompleteReadError(b"", None)


async def copy_but_notices(reader, writer) -> None:
    while True:
        head = await reader.readexactly(5)
        body = await reader.readexactly(int.from_bytes(head[1:]) - 4)
        if head[:1] != NOTIFICATION:
            writer.write(head + body)
            await writer.drain()
