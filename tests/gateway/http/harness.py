"""A real uvicorn with the real protocol in a thread of its own, little ASGI applications, and a client that sends raw bytes."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import uvloop

from gateway.http import Deadlines, Edge, HeadRules
from gateway.message import Answer
from gateway.problems import PROBLEMS
from gateway.server import Listener, _Server
from gateway.sockets import Address, bind

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S = 10
GUARDED = frozenset({b"x-api-key", b"x-pixel-id", b"authorization", b"x-key-id"})


@dataclass
class Refusals:
    """Renders refusals as the gateway would, and remembers them."""

    made: list[tuple[str, str, str | None]] = field(default_factory=list)

    def __call__(self, reason, client, head) -> Answer:
        self.made.append((reason.value, client, head.path.decode() if head else None))
        body = json.dumps({"code": reason.value}).encode()
        fields = ((b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()))
        return Answer(PROBLEMS[reason].status, fields, body)


@dataclass
class EchoApp:
    """Answers with what it got; `begun` and `whole` tell which requests reached it, and which of them completely."""

    begun: list[str] = field(default_factory=list)
    whole: list[dict] = field(default_factory=list)

    async def __call__(self, scope, receive, send) -> None:
        self.begun.append(scope["raw_path"].decode())
        body = await read_body(receive)
        if body is None:
            return
        seen = {
            "method": scope["method"],
            "path": scope["raw_path"].decode(),
            "query": scope["query_string"].decode(),
            "fields": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
            "client": scope["client"][0],
            "scheme": scope["scheme"],
            "body": body.decode("latin-1"),
        }
        self.whole.append(seen)
        await answer(send, 200, json.dumps(seen).encode())


async def read_body(receive) -> bytes | None:
    """The whole body, or None if the client went before its end."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message["body"]
        if not message["more_body"]:
            return body


async def answer(send, status: int, body: bytes, *fields: tuple[bytes, bytes]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *fields]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _without_lifespan(app):
    async def http_only(scope, receive, send) -> None:
        if scope["type"] != "http":
            raise RuntimeError("http only")
        await app(scope, receive, send)

    return http_only


class Running:
    """A listener that serves until `stop`."""

    def __init__(self, app, edge: Edge, drain_s: float = 5) -> None:
        self.app = app
        sockets = bind(Address("test", "127.0.0.1", 0))
        self.port: int = sockets[0].getsockname()[1]
        self._loop = uvloop.new_event_loop()
        self.server = _Server(Listener("test", _without_lifespan(app), edge, sockets), drain_s)
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._up.wait(WAIT_S)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        serving = asyncio.ensure_future(self.server.serve_listener())
        await self.server.ready.wait()
        self._up.set()
        await serving

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)

    def call(self, function, *args) -> None:
        """Run `function` in the server's loop."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (function(*args), done.set()))
        assert done.wait(WAIT_S)

    def begin_drain(self) -> None:
        self.call(self.server.begin_drain)

    def join(self) -> None:
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()

    def stop(self) -> None:
        self.server.force_exit = True
        self.server.should_exit = True
        self.join()


@contextmanager
def running(app, **edge) -> Iterator[Running]:
    """Serve `app` with an Edge of these settings."""
    server = Running(app, edge_of(**edge))
    try:
        yield server
    finally:
        server.stop()


def edge_of(refuse=None, **settings) -> Edge:
    settings.setdefault("head", HeadRules(guarded=GUARDED))
    settings.setdefault("deadlines", Deadlines(idle_s=30, head_s=30))
    return Edge(refuse or Refusals(), **settings)


def connect(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


@dataclass
class Seen:
    """One answer as a client reads it."""

    status: int
    fields: dict[str, str]
    body: bytes


def read_answer(client: socket.socket, method: str = "GET") -> Seen:
    """The next answer. The stream has no buffer, so that bytes of the answer after it stay in the socket."""
    response = http.client.HTTPResponse(_Unbuffered(client), method=method)
    response.begin()
    fields = {name.lower(): value for name, value in response.getheaders()}
    return Seen(response.status, fields, response.read())


class _Unbuffered:
    def __init__(self, client: socket.socket) -> None:
        self._client = client

    def makefile(self, mode: str):
        return _ByteReader(self._client)


class _ByteReader:
    """The file that http.client wants, one recv a byte for lines: it never takes more than it was asked for."""

    def __init__(self, client: socket.socket) -> None:
        self._client = client

    def readline(self, limit: int = -1) -> bytes:
        line = b""
        while not line.endswith(b"\n") and len(line) != limit:
            byte = self._client.recv(1)
            if not byte:
                break
            line += byte
        return line

    def read(self, size: int = -1) -> bytes:
        taken = bytearray()
        while size < 0 or len(taken) < size:
            piece = self._client.recv(65536 if size < 0 else size - len(taken))
            if not piece:
                break
            taken += piece
        return bytes(taken)

    def close(self) -> None:
        """The socket is the test's."""

    flush = close


def read_to_end(client: socket.socket) -> bytes:
    """Everything until the server closes or resets."""
    received = b""
    try:
        while piece := client.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def is_kept(client: socket.socket) -> bool:
    """Whether another request on this connection is answered."""
    try:
        client.sendall(b"GET /again HTTP/1.1\r\nHost: a\r\n\r\n")
        return read_answer(client).status == 200
    except (ConnectionError, http.client.HTTPException):
        return False
