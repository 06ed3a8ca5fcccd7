"""Serve: several listeners on one event loop, signals, drain; in one process or in several workers.

The only file that knows uvicorn. `run_site` is the whole life of the process: bind, work, exit code.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
import uvloop

from gateway.http import GatewayProtocol
from gateway.sockets import BACKLOG, CannotListen, bind_all, close_all
from gateway.stop import Stop
from gateway.workers import EXIT_CANNOT_SERVE, Supervisor

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Generator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from starlette.types import ASGIApp

    from gateway.http import Edge
    from gateway.sockets import Address

    Sockets = Mapping[str, Sequence[socket.socket]]


def _nothing() -> None:
    """The default of a callback."""


@dataclass(frozen=True, slots=True)
class Listener:
    """An ASGI application on sockets that are bound already. `closes_last`: it still answers while the others drain."""

    name: str
    app: ASGIApp
    edge: Edge
    sockets: Sequence[socket.socket]
    closes_last: bool = False


@dataclass(frozen=True, slots=True)
class Serving:
    """What one worker serves, and whom it tells. `on_drain` must make readiness fail; it is called in the loop."""

    listeners: tuple[Listener, ...]
    on_ready: Callable[[], None] = _nothing
    on_drain: Callable[[], None] = _nothing
    on_reload: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class Site:
    """What a process is to serve. `open` is entered inside the loop of each worker, with the sockets by listener name."""

    addresses: tuple[Address, ...]
    open: Callable[[Sockets], AbstractAsyncContextManager[Serving]]
    drain_s: float = 30.0


class StartFailed(Exception):  # noqa: N818 - what happened, for the operator
    """A listener's application did not start; its own log says why."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the {name} listener did not start")


def run_site(site: Site, workers: int = 1) -> int:
    """Bind, serve until told to stop, give the exit code: 0 drained, 1 cannot listen or start, 128 + n second signal."""
    try:
        sockets = bind_all(site.addresses)
    except CannotListen as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - there is no log yet
        return EXIT_CANNOT_SERVE
    if workers == 1:
        return _work(site, sockets, None)
    supervisor = Supervisor(
        work=lambda leash: _work(site, sockets, leash),
        workers=workers,
        on_stop=lambda: close_all(sockets),
        drain_s=site.drain_s,
    )
    return supervisor.run()


def _work(site: Site, sockets: Sockets, leash_fd: int | None) -> int:
    """One worker's life. `leash_fd` is closed at the other end when the supervisor is gone."""

    async def live() -> int:
        async with site.open(sockets) as serving:
            return await serve(serving, site.drain_s, leash_fd=leash_fd)

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(live())
    except StartFailed as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - for whoever started it
        return EXIT_CANNOT_SERVE


async def serve(serving: Serving, drain_s: float, *, leash_fd: int | None = None) -> int:
    """Serve until SIGTERM, SIGINT or the loss of the leash; then drain for at most `drain_s`. SIGHUP asks for a reload.

    Gives the exit code. A second signal ends at once, whatever is under way. Raises StartFailed.
    """
    servers = [_Server(listener, drain_s) for listener in serving.listeners]
    failures: list[BaseException] = []
    with Stop(serving.on_reload, leash_fd) as stop:
        try:
            async with asyncio.TaskGroup() as group:
                insisted = group.create_task(_raise_when(stop.insisted))
                running = {server: group.create_task(server.serve_listener()) for server in servers}
                await _live(serving, running, stop)
                insisted.cancel()
        except* _Insisted:
            pass
        except* StartFailed as failed:
            failures.extend(failed.exceptions)
    if failures:
        raise failures[0]
    return stop.exit_code


async def _live(serving: Serving, running: dict[_Server, asyncio.Task[None]], stop: Stop) -> None:
    for server in running:
        await server.ready.wait()
    serving.on_ready()
    await stop.asked.wait()
    serving.on_drain()
    for last in (False, True):
        closing = [server for server in running if server.listener.closes_last is last]
        for server in closing:
            server.begin_drain()
        await asyncio.gather(*(running[server] for server in closing))


class _Insisted(Exception):  # noqa: N818 - a second signal
    """Unwinds the task group, which cancels whatever still runs."""


async def _raise_when(insisted: asyncio.Event) -> None:
    await insisted.wait()
    raise _Insisted


class _Config(uvicorn.Config):
    """uvicorn's settings, with what GatewayProtocol needs. Everything that uvicorn would add by itself is off."""

    def __init__(self, listener: Listener, drain_s: float) -> None:
        super().__init__(
            listener.app,
            http=GatewayProtocol,
            ws="none",
            lifespan="auto",
            interface="asgi3",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=math.ceil(drain_s),
        )
        self.edge = listener.edge


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handlers: several run side by side, and `Stop` hears for all of them."""

    def __init__(self, listener: Listener, drain_s: float) -> None:
        super().__init__(_Config(listener, drain_s))
        self.listener = listener
        self.ready = asyncio.Event()

    async def serve_listener(self) -> None:
        """Until drained. Raises StartFailed."""
        try:
            await self.serve(sockets=list(self.listener.sockets))
        except SystemExit:
            raise StartFailed(self.listener.name) from None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()

    def begin_drain(self) -> None:
        """Accept no more from this moment on; uvicorn sees `should_exit` at its next tick."""
        for server in self.servers:
            server.close()
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
