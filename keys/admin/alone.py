"""The admin API as a process of its own, under uvicorn: without a gateway, one listener, drained on a signal."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket
    from collections.abc import Generator

    from starlette.types import ASGIApp

KEEP_ALIVE_S = 5
DRAIN_S = 10


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handlers: they would end the process by the signal again once all is done."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    def stop(self) -> None:
        """Accept no more, let what is under way finish."""
        self.should_exit = True


async def serve_until_told(app: ASGIApp, listening: socket.socket) -> None:
    """Serves until SIGTERM or Ctrl-C; then what is under way may finish."""
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = _Server(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    await server.serve(sockets=[listening])
