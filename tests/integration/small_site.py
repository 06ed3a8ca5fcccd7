"""A site to be run as a process of its own: `python -m tests.integration.small_site '{"workers": 2}'`.

It says on stdout, a JSON line each, when a worker is ready, drains, is asked to reload, or a request begins.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from contextlib import asynccontextmanager

from gateway.http import Edge
from gateway.message import Answer
from gateway.problems import PROBLEMS
from gateway.server import Listener, Serving, Site, run_site
from gateway.sockets import Address

OPTIONS = {"workers": 1, "port": 0, "drain_s": 20, "descriptors": 0, "fails": False}


def say(event: str, **facts) -> None:
    line = json.dumps({"event": event, "pid": os.getpid(), **facts}) + "\n"
    os.write(1, line.encode())  # one write a line: several processes share the pipe


def refuse(reason, client, head) -> Answer:
    return Answer(PROBLEMS[reason].status, (), reason.encode())


async def app(scope, receive, send) -> None:
    """`/pid` answers at once, `/slow` after a second, anything else never."""
    if scope["type"] != "http":
        raise RuntimeError("http only")
    path = scope["raw_path"]
    if path != b"/pid":
        say("begun", path=path.decode())
        await asyncio.sleep(1 if path == b"/slow" else 3600)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})


async def failing(scope, receive, send) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no"})


def main(options: dict) -> int:
    if options["descriptors"]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (options["descriptors"], options["descriptors"]))

    @asynccontextmanager
    async def opened(sockets):
        serving = failing if options["fails"] else app
        yield Serving(
            (
                Listener("proxy", serving, Edge(refuse), sockets["proxy"]),
                Listener("status", app, Edge(refuse), sockets["status"], closes_last=True),
            ),
            on_ready=lambda: say("ready", **{name: several[0].getsockname()[1] for name, several in sockets.items()}),
            on_drain=lambda: say("drain"),
            on_reload=lambda: say("reload"),
        )
        say("closed")

    addresses = (Address("proxy", "127.0.0.1", options["port"]), Address("status", "127.0.0.1", 0))
    return run_site(Site(addresses, opened, options["drain_s"]), options["workers"])


if __name__ == "__main__":
    sys.exit(main({**OPTIONS, **json.loads(sys.argv[1])}))
