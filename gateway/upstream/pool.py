"""The connections to one upstream: reused while they are provably clean, bounded, waited for in order of arrival."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import TYPE_CHECKING

from gateway.upstream.connection import CLOSED, NEW, Connection
from gateway.upstream.errors import DIALLING, Reset, Saturated, Unreachable, translate
from gateway.upstream.exchange import converse, prepare
from gateway.upstream.request import IDEMPOTENT_METHODS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.upstream.origin import Origin, UpstreamLimits
    from gateway.upstream.request import UpstreamRequest
    from gateway.upstream.response import UpstreamResponse


class UpstreamPool:
    """One pool for one upstream server.

    The only mutable state is what `__init__` sets last: who is idle (the longest on the left), who is granted to a
    request, who waits for a grant. It is touched on one event loop, by methods that do not await; so there is no lock.
    `_choose` is all of the policy: it decides, and the I/O that follows from it is done outside. A granted connection
    leaves `_active` by telling `on_free` or `on_closed`, whatever becomes of its request: so no slot is ever lost.
    """

    def __init__(self, origin: Origin, limits: UpstreamLimits, *, tls: ssl.SSLContext | None = None) -> None:
        """`tls` stands in for the default context (the system's authorities, names checked) of an https origin."""
        self.origin = origin
        self.limits = limits
        self._tls = (tls or ssl.create_default_context()) if origin.scheme == "https" else None
        self._idle: deque[Connection] = deque()
        self._active: set[Connection] = set()
        self._waiting: deque[asyncio.Future[Connection]] = deque()
        self._sweep_timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Event | None = None

    def __repr__(self) -> str:
        return ", ".join(f"{count} {state}" for state, count in self.counts().items())

    def counts(self) -> dict[str, int]:
        """Connections that are active and idle, and requests that wait for one."""
        return {"active": len(self._active), "idle": len(self._idle), "waiting": len(self._waiting)}

    async def send(
        self, request: UpstreamRequest, body: bytes | AsyncIterator[bytes] | None = None
    ) -> UpstreamResponse:
        """Sends a request and waits for the head of its answer. The response holds the connection: read or close it.

        Raises `UpstreamError`; `ValueError` for a request that contradicts itself; whatever the body's iterator raises
        (it stays the caller's to close), and `Refused` when its length is not the declared one.

        A request is sent a second time, once, only when a reused connection turned out to be closed before any byte of
        the answer, and only if it is idempotent and bodiless (RFC 9110 section 9.2.2): others reach the backend at most
        once.
        """
        if self._closing is not None:
            raise Unreachable("the pool is closed")
        outgoing = prepare(request, body)
        connection = await self._obtain()
        try:
            return await converse(connection, outgoing, self.limits.max_buffered_bytes)
        except Reset as fault:
            if not fault.stale or body is not None or request.method not in IDEMPOTENT_METHODS:
                raise
        connection = await self._obtain(fresh=True)
        return await converse(connection, outgoing, self.limits.max_buffered_bytes)

    def take_idle(self) -> Connection | None:
        """A connection to `start` on at once; None when none is idle or the pool is closing: then `send` is the way."""
        return self._newest_idle() if self._closing is None else None

    async def close(self, grace_s: float | None = None) -> None:
        """Refuses new requests, waits for those in flight (at most `grace_s`), then closes what is left."""
        self._closing = self._closing or asyncio.Event()
        for connection in tuple(self._idle):
            connection.abort()
        self._note_quiet()
        try:
            async with asyncio.timeout(grace_s):
                await self._closing.wait()
        except TimeoutError:
            self._fail_all()

    # What a connection tells its home.

    def on_free(self, connection: Connection) -> None:
        self._active.discard(connection)
        self._idle.append(connection)
        if self._waiting:
            self._serve()
        if self._closing is not None and connection in self._idle:
            connection.abort()

    def on_closed(self, connection: Connection) -> None:
        if connection in self._active:
            self._active.discard(connection)
        elif connection in self._idle:
            self._idle.remove(connection)
        self._serve()
        self._note_quiet()

    # The policy, and who waits for it.

    def _choose(self, *, fresh: bool) -> Connection | None:
        """What the next request gets.

        1. The idle connection that was used last: it is the least likely to be just closing, and the others can expire.
        2. While there is room, a new connection, for the request to dial. For `fresh` this comes first: one was stale,
           so its neighbours may be.
        3. None: it waits.
        """
        if (not fresh or self._is_full()) and (connection := self._newest_idle()) is not None:
            return connection
        if self._is_full():
            return None
        connection = Connection(self, self.limits, asyncio.get_running_loop())
        self._active.add(connection)
        return connection

    def _newest_idle(self) -> Connection | None:
        if not self._idle:
            return None
        connection = self._idle[-1]
        if connection.is_expired():  # and so are all the others
            self._sweep()
            return None
        self._active.add(self._idle.pop())
        return connection

    def _is_full(self) -> bool:
        return len(self._active) + len(self._idle) >= self.limits.max_connections

    def _serve(self) -> None:
        """Grants to those who wait, in order of arrival, all that can be granted."""
        while self._waiting:
            if self._waiting[0].done():  # gone, and not run yet to say so
                self._waiting.popleft()
            elif (connection := self._choose(fresh=False)) is not None:
                self._waiting.popleft().set_result(connection)
            else:
                return

    async def _obtain(self, *, fresh: bool = False) -> Connection:
        """A connection that is open and this request's.

        Nobody overtakes: those who wait have been granted all that there was, so nothing is left for a newcomer.
        """
        while True:
            if self._closing is not None and self._closing.is_set():
                raise Unreachable("the pool is closed")
            connection = self._choose(fresh=fresh) or await self._wait()
            if connection.phase is NEW:
                await self._dial(connection)
            if connection.phase is not CLOSED:  # it may close between the grant and the moment that its waiter runs
                return connection

    async def _wait(self) -> Connection:
        waiter: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self.limits.queue_timeout_s):
                return await waiter
        except BaseException as error:
            self._withdraw(waiter)
            if isinstance(error, TimeoutError):
                raise Saturated(f"all {self.limits.max_connections} connections stayed busy") from None
            raise

    def _withdraw(self, waiter: asyncio.Future[Connection]) -> None:
        """Whoever waited has gone; perhaps in the same turn in which the grant came, which then must not be lost."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        elif not waiter.cancelled() and waiter.exception() is None:
            waiter.result().abort()
        self._note_quiet()

    # The I/O.

    async def _dial(self, connection: Connection) -> None:
        tls, host = self._tls, self.origin.host
        self._arm_sweep()
        try:
            async with asyncio.timeout(self.limits.connect_timeout_s):
                await asyncio.get_running_loop().create_connection(
                    lambda: connection, host, self.origin.port, ssl=tls, server_hostname=host if tls else None
                )
        except BaseException as error:
            connection.abort()
            if isinstance(error, OSError | UnicodeError):
                raise translate(error, DIALLING) from error
            raise
        if connection.phase is CLOSED:
            raise Reset("the connection closed as soon as it was made")

    def _arm_sweep(self) -> None:
        if self._sweep_timer is None:
            self._sweep_timer = asyncio.get_running_loop().call_later(self.limits.sweep_s, self._on_sweep)

    def _on_sweep(self) -> None:
        self._sweep_timer = None
        self._sweep()
        if self._active or self._idle:
            self._arm_sweep()

    def _sweep(self) -> None:
        for connection in (*self._idle, *self._active):
            if connection.is_expired():
                connection.expire()

    def _fail_all(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(Unreachable("the pool is closed"))
        self._waiting.clear()
        for connection in tuple(self._active):
            connection.fail(Reset("the gateway is stopping"))

    def _note_quiet(self) -> None:
        if self._closing is not None and not self._active and not self._waiting:
            self._closing.set()
