"""A Redis of bytes: reads commands properly, and answers each as a test tells it to. For what a real one rarely does."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import hiredis

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Answer = Callable[[list[bytes], asyncio.StreamWriter], Awaitable[None]]

DECIDED = ("EVAL", "EVALSHA")


class RawRedis:
    """`answer` is called for each command of a script; what connecting needs is answered by itself.

    `connections` counts them; `closed` is set whenever a client has closed one.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.connections = 0
        self.closed = asyncio.Event()
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def answering(cls, answer: Answer) -> AsyncIterator[RawRedis]:
        fake = cls(answer)
        server = await asyncio.start_server(fake._serve, "127.0.0.1", 0)
        fake.port = server.sockets[0].getsockname()[1]
        try:
            yield fake
        finally:
            server.close()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        parser = hiredis.Reader()
        try:
            while received := await reader.read(65536):
                parser.feed(received)
                while (command := parser.gets()) is not False:
                    await self._reply(command, writer)
        except ConnectionError:
            pass
        finally:
            self.closed.set()
            writer.close()

    async def _reply(self, command: list[bytes], writer: asyncio.StreamWriter) -> None:
        if command[0].decode() in DECIDED:
            await self.answer(command, writer)
        else:
            writer.write(b"+OK\r\n")


def tag_of(command: list[bytes]) -> bytes:
    """The tag of a script's call: what stands behind its keys."""
    return command[3 + int(command[2])]


def decided(tag: bytes, *used_us: int, now_us: int = 1_785_000_000_000_000) -> bytes:
    """The reply of the script."""
    numbers = b"".join(b":%d\r\n" % number for number in (now_us, *used_us))
    return b"*%d\r\n$%d\r\n%b\r\n" % (2 + len(used_us), len(tag), tag) + numbers
