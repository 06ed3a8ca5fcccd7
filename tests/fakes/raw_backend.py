"""A backend of raw bytes: it records what it was sent, to the byte, and misbehaves on request.

    async with RawBackend(behave) as backend:
        ...                                   # talk to 127.0.0.1:backend.port
    assert backend.seen[0].target == b"/x"

`behave(conversation)` is awaited for each connection and scripts it, step by step, with the verbs of `Conversation`.
`RawBackend()` alone serves `by_name`: every request is answered well, unless its query names one of `MISBEHAVIOURS`
(`/any/path?misbehave=truncate`). What a behaviour raises of its own fails the test, at the end of the `with`.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Self

if TYPE_CHECKING:
    import ssl

HEAD_END = b"\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SMUGGLED = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsmuggled!"


class Gone(Exception):  # noqa: N818 - an event of the script, not a fault
    """The other side closed: what was to be read will not come."""


@dataclass
class Seen:
    """One request as it arrived. `body` is the raw framed body so far; `is_complete` once it has ended."""

    connection: int
    head: bytes
    body: bytearray = field(default_factory=bytearray)
    is_complete: bool = False

    @property
    def method(self) -> bytes:
        return self.head.split(b" ", 2)[0]

    @property
    def target(self) -> bytes:
        return self.head.split(b" ", 2)[1]

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        lines = self.head.split(b"\r\n")[1:-2]
        return [(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines)]

    def value(self, name: bytes) -> bytes | None:
        return dict(self.fields).get(name)


@dataclass
class Conversation:
    """One connection, as the script sees it."""

    number: int
    backend: RawBackend
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _unread: bytes = field(default=b"")

    async def request(self) -> Seen:
        """Reads one whole request. Raises `Gone` when the connection ends first."""
        seen = await self.head()
        await self.body(seen)
        return seen

    async def head(self) -> Seen:
        """Reads the head of a request and leaves its body on the wire."""
        head = await self._until(HEAD_END)
        seen = Seen(self.number, head)
        self.backend.seen.append(seen)
        self.backend.notice()
        return seen

    async def body(self, seen: Seen) -> None:
        """Reads the body of a request, piece by piece, into `seen`."""
        if (seen.value(b"transfer-encoding") or b"").lower() == b"chunked":
            while True:
                line = await self._until(b"\r\n", seen)
                size = int(line, 16)
                await self._exactly(size + 2, seen)
                if size == 0:
                    break
        else:
            await self._exactly(int(seen.value(b"content-length") or b"0"), seen)
        seen.is_complete = True
        self.backend.notice()

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def send_slowly(self, data: bytes, piece_bytes: int = 1) -> None:
        """Each piece by itself: the loop turns, and the socket is written to, between two of them."""
        for start in range(0, len(data), piece_bytes):
            await self.send(data[start : start + piece_bytes])
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Closes in order: what was sent arrives, then the end."""
        self._writer.close()

    async def reset(self) -> None:
        """Closes with a TCP reset."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def gone(self) -> NoReturn:
        """Waits until the other side has closed, which ends the script: raises `Gone`."""
        while True:
            await self._more()

    async def _until(self, mark: bytes, seen: Seen | None = None) -> bytes:
        while mark not in self._unread:
            await self._more()
        text, _, self._unread = self._unread.partition(mark)
        if seen is not None:
            seen.body += text + mark
        return text + mark

    async def _exactly(self, count: int, seen: Seen) -> None:
        while count:
            if not self._unread:
                await self._more()
            piece, self._unread = self._unread[:count], self._unread[count:]
            seen.body += piece
            count -= len(piece)

    async def _more(self) -> None:
        try:
            data = await self._reader.read(65536)
        except ConnectionError:
            data = b""
        if not data:
            raise Gone
        self._unread += data


Behaviour = Callable[[Conversation], Awaitable[None]]
Misbehaviour = Callable[[Conversation, Seen], Awaitable[None]]


class RawBackend:
    """The server. `seen`: every request, in order of arrival; `connections`: how many were accepted; `closed`: how many
    are over, because the other side closed or the script raised `Gone`.
    """

    def __init__(self, behave: Behaviour | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self.closed = 0
        self.port = 0
        self._behave = behave or by_name
        self._tls = tls
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._mistakes: list[BaseException] = []

    def notice(self) -> None:
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for something that a conversation does: `await backend.until(lambda: len(backend.seen) == 2)`."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._accept_all()
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        if self._mistakes and exc[0] is None:
            raise self._mistakes[0]

    async def _accept_all(self) -> None:
        """Connections are accepted in order: with one of our own, all before it are here, and none is left unclosed."""
        if self._tls is None:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            own = writer.get_extra_info("sockname")
            await self.until(lambda: any(each.get_extra_info("peername") == own for each in self._writers))
            writer.transport.abort()
            self.connections -= 1

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._writers.append(writer)
        self.connections += 1
        self.notice()
        try:
            await self._behave(Conversation(self.connections, self, reader, writer))
        except (Gone, ConnectionError):
            self.closed += 1
        except asyncio.CancelledError:
            pass
        except BaseException as mistake:  # noqa: BLE001 - raised again at the end of the test
            self._mistakes.append(mistake)
        finally:
            writer.close()
            self.notice()


# Behaviours.


def answering(*answers: bytes) -> Behaviour:
    """Answers the first request of each connection with the first of `answers`, and so on; then closes."""

    async def behave(conversation: Conversation) -> None:
        for answer in answers:
            await conversation.request()
            await conversation.send(answer)
        await conversation.gone()

    return behave


async def always_ok(conversation: Conversation) -> None:
    while True:
        await conversation.request()
        await conversation.send(OK)


async def by_name(conversation: Conversation) -> None:
    """Answers each request well, or as its query asks for: `misbehave=NAME` of `MISBEHAVIOURS`."""
    while True:
        seen = await conversation.head()
        name = re.search(rb"[?&]misbehave=([a-z0-9-]+)", seen.target)
        if name is None:
            await conversation.body(seen)
            await conversation.send(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(seen.target), seen.target)
            )
        else:
            await MISBEHAVIOURS[name[1].decode()](conversation, seen)


def _sending(data: bytes, *, close: bool = False) -> Misbehaviour:
    async def misbehave(conversation: Conversation, seen: Seen) -> None:
        await conversation.body(seen)
        await conversation.send(data)
        if close:
            await conversation.close()
        await conversation.gone()

    return misbehave


async def _close(conversation: Conversation, seen: Seen) -> None:
    await conversation.body(seen)
    await conversation.close()
    raise Gone


async def _reset(conversation: Conversation, seen: Seen) -> None:
    await conversation.body(seen)
    await conversation.reset()
    raise Gone


async def _reset_in_body(conversation: Conversation, seen: Seen) -> None:
    await conversation.body(seen)
    await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun")
    await conversation.reset()
    raise Gone


async def _silence(conversation: Conversation, seen: Seen) -> None:
    await conversation.body(seen)
    await conversation.gone()


async def _early(conversation: Conversation, seen: Seen) -> None:
    """Answers before it has read any of the body; then reads it, if it comes."""
    await conversation.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig")
    await conversation.body(seen)


async def _drip(conversation: Conversation, seen: Seen) -> None:
    """A byte for each turn of the loop; whole in the end."""
    await conversation.body(seen)
    await conversation.send_slowly(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndrip\r\n0\r\n\r\n")


async def _two_for_one(conversation: Conversation, seen: Seen) -> None:
    await conversation.body(seen)
    await conversation.send(OK + SMUGGLED)


MISBEHAVIOURS: dict[str, Misbehaviour] = {
    # no answer
    "close": _close,
    "reset": _reset,
    "silence": _silence,
    "half-head": _sending(b"HTTP/1.1 200 OK\r\nContent-Le", close=True),
    # an answer that breaks off
    "truncate": _sending(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun", close=True),
    "truncate-chunked": _sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n", close=True),
    "reset-in-body": _reset_in_body,
    "stall": _sending(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun"),
    # no valid answer
    "garbage": _sending(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "leading-line-break": _sending(b"\r\n" + OK),
    "version": _sending(b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "status-low": _sending(b"HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n"),
    "status-high": _sending(b"HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n"),
    "switching": _sending(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    "interim-storm": _sending(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000),
    "reason-control": _sending(b"HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n"),
    "value-control": _sending(b"HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 0\r\n\r\n"),
    "folded": _sending(b"HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
    "name-space": _sending(b"HTTP/1.1 200 OK\r\nX-A : a\r\nContent-Length: 0\r\n\r\n"),
    "bare-lf": _sending(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
    "head-too-long": _sending(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n"),
    "head-endless": _sending(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 100_000),
    "too-many-fields": _sending(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1000 + b"Content-Length: 0\r\n\r\n"),
    "length-twice": _sending(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"),
    "length-list": _sending(b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok"),
    "length-sign": _sending(b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok"),
    "length-hex": _sending(b"HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok"),
    "length-empty": _sending(b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nok"),
    "length-huge": _sending(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999\r\n\r\nok"),
    "length-and-coding": _sending(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    ),
    "coding-and-length": _sending(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    ),
    "coding-unknown": _sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok"),
    "coding-list": _sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    "coding-twice": _sending(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    ),
    "coding-old-version": _sending(b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    "chunk-size": _sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
    "chunk-end": _sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokno\r\n"),
    # a valid answer, and a connection that must not be used again
    "extra-bytes": _sending(OK + b"extra"),
    "extra-line-break": _sending(OK + b"\r\n"),
    "extra-answer": _two_for_one,
    "body-with-204": _sending(b"HTTP/1.1 204 No Content\r\n\r\n" + SMUGGLED),
    "says-close": _sending(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
    "early": _early,
    "drip": _drip,
}

NO_ANSWER = frozenset({"close", "reset", "silence", "half-head"})
BROKEN_OFF = frozenset({"truncate", "truncate-chunked", "reset-in-body", "stall"})
ANSWERED = frozenset(
    {"extra-bytes", "extra-line-break", "extra-answer", "body-with-204", "says-close", "early", "drip"}
)
INVALID = frozenset(MISBEHAVIOURS) - NO_ANSWER - BROKEN_OFF - ANSWERED
"""The table by what a client of the gateway must see: a 502 (504 for silence), a broken connection, the answer, a 502."""


def unused_port() -> int:
    """A port that refuses: nobody listens on it (bound for a moment, then given back)."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
