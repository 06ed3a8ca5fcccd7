"""`python -m deploy.demo.serve`: the three services in one process on one event loop, each on its own port.

It ends on SIGTERM and SIGINT, when its parent dies (Linux), and with `--until-stdin-closes` when its standard input
does: what started it leaves nothing behind, however it goes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import json
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
import uvloop

from deploy.demo.accounts import app as accounts
from deploy.demo.dashtrack import app as dashtrack
from deploy.demo.db_mgmt import app as db_mgmt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.applications import Starlette

HOST = "127.0.0.1"
BACKLOG = 2048
DRAIN_S = 5
PR_SET_PDEATHSIG = 1


class Server(uvicorn.Server):
    """One of several servers of a process: leaves the signals to the process, and says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def services(folder: Path) -> dict[str, Starlette]:
    """The services by the name of their upstream in the gateway's settings; what they keep is in `folder`."""
    return {"db-mgmt": db_mgmt.create(), "accounts": accounts.create(folder), "dashtrack": dashtrack.create(folder)}


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one. Raises OSError if the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def server_of(app: Starlette) -> Server:
    """A quiet server for one service: it says nothing but what failed."""
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
        # longer than any gateway keeps an idle connection, so that it is never the service that closes first
        timeout_keep_alive=120,
        ws="none",
    )
    return Server(config)


async def serve(apps: Mapping[str, Starlette], sockets: Mapping[str, socket.socket], ports_file: Path | None) -> None:
    """Answer until a signal comes (or standard input closes, if it is watched); then finish what is under way."""
    servers = {name: server_of(app) for name, app in apps.items()}

    def stop() -> None:
        for server in servers.values():
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for signal_ in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_, stop)
    async with asyncio.TaskGroup() as tasks:
        for name, server in servers.items():
            tasks.create_task(server.serve([sockets[name]]))
        for server in servers.values():
            await server.ready.wait()
        announce({name: listener.getsockname()[1] for name, listener in sockets.items()}, ports_file)


def announce(ports: Mapping[str, int], ports_file: Path | None) -> None:
    """Say where the services are: in the file, whole or not at all, else on standard output."""
    text = json.dumps(ports)
    if ports_file is None:
        print(text, flush=True)
        return
    with tempfile.NamedTemporaryFile("w", dir=ports_file.parent, delete=False) as file:
        file.write(text)
    Path(file.name).replace(ports_file)


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the thread that started this process ends; elsewhere than on Linux do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def stop_when_stdin_closes(loop: asyncio.AbstractEventLoop) -> None:
    """Send this process SIGTERM when the other end of its standard input is gone."""

    def read() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(0, read)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.demo.serve", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where views and projects are kept")
    for name in ("db-mgmt", "accounts", "dashtrack"):
        parser.add_argument(f"--{name}-port", type=int, default=0, help="0 (the default): a free one")
    parser.add_argument("--ports-file", type=Path, help="write the ports here, as JSON, when all is ready")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input does")
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace) -> None:
    wanted = {"db-mgmt": options.db_mgmt_port, "accounts": options.accounts_port, "dashtrack": options.dashtrack_port}
    with contextlib.ExitStack() as sockets:
        listeners = {name: sockets.enter_context(listen(port)) for name, port in wanted.items()}
        if options.until_stdin_closes:
            stop_when_stdin_closes(asyncio.get_running_loop())
        await serve(services(options.folder), listeners, options.ports_file)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop. Gives the exit code: 0, or 1 if a port is taken or the folder cannot be used."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    die_with_parent()
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        uvloop.run(run(options))
    except OSError as error:
        print(f"the sample backends cannot start: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
