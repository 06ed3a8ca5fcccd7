"""The recording backend in a thread of its own, beside a gateway in processes of its own."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import TYPE_CHECKING, Self

from tests.fakes.raw_backend import MISBEHAVIOURS, Conversation, Gone, RawBackend, Seen
from tests.hostile.keyring import ACCOUNT, OTHER_ACCOUNT, OTHER_PIXEL, PIXEL

if TYPE_CHECKING:
    from collections.abc import Callable

WAIT_S = 20
OWNERS = {b"mine": PIXEL, b"foreign": OTHER_PIXEL, b"mine-too": ACCOUNT, b"foreign-too": OTHER_ACCOUNT}
"""Whose the resources are, by id; there are no others."""

_MISBEHAVE = re.compile(rb"[?&]misbehave=([a-z0-9-]+)")
_CUT = re.compile(rb"[?&](cut|reset)=([a-z]+)-([0-9]+)")

ANSWERS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
}
"""What `?cut=NAME-N` sends the first N bytes of before it closes; `?reset=NAME-N` closes with a reset."""


async def serve(conversation: Conversation) -> None:
    """Says who owns what, misbehaves where the query asks for it, and else answers with the target that it was asked."""
    while True:
        seen = await conversation.head()
        if (wish := _MISBEHAVE.search(seen.target)) is not None:
            await MISBEHAVIOURS[wish[1].decode()](conversation, seen)
            continue
        await conversation.body(seen)
        if (cut := _CUT.search(seen.target)) is not None:
            await conversation.send(ANSWERS[cut[2].decode()][: int(cut[3])])
            await (conversation.close() if cut[1] == b"cut" else conversation.reset())
            raise Gone
        await conversation.send(_answer(seen))


def _answer(seen: Seen) -> bytes:
    if not seen.target.startswith(b"/owners/"):
        body = seen.target
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), b"" if seen.method == b"HEAD" else body)
    owner = OWNERS.get(seen.target.removeprefix(b"/owners/"))
    if owner is None:
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    body = b'{"tenant": "%b"}' % owner.encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


class Backend:
    """`seen` is every request since the last `forget`, in order of arrival. Used as a context manager."""

    def __init__(self) -> None:
        self._raw = RawBackend(serve)
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._done: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._fault: BaseException | None = None

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                runner.run(self._live())
            except BaseException as fault:  # noqa: BLE001 - raised again in the test's thread
                self._fault = fault
                self._up.set()

    async def _live(self) -> None:
        self._done = asyncio.Event()
        async with self._raw:
            self._up.set()
            await self._done.wait()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(WAIT_S)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._done is not None:
            self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(WAIT_S)
        if self._fault is not None and exc[0] is None:
            raise self._fault

    @property
    def port(self) -> int:
        return self._raw.port

    @property
    def seen(self) -> list[Seen]:
        return [seen for seen in self._raw.seen if not seen.target.startswith(b"/owners/")]

    @property
    def everything(self) -> list[Seen]:
        """Also the look-ups of owners."""
        return list(self._raw.seen)

    @property
    def open_connections(self) -> int:
        return self._raw.connections - self._raw.closed

    def forget(self) -> None:
        self._raw.seen.clear()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Waits for something that the gateway does to this backend."""
        asyncio.run_coroutine_threadsafe(self._raw.until(condition), self._loop).result(WAIT_S)
