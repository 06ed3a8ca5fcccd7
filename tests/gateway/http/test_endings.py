"""How an exchange ends before its time: the client goes, the application fails, the server is full or drains."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading

import pytest

from gateway.http import ClientGone
from tests.gateway.http.harness import (
    WAIT_S,
    Refusals,
    answer,
    connect,
    is_kept,
    read_answer,
    read_to_end,
    running,
)
from tests.gateway.http.requests import get, post
from tests.gateway.http.waiting import Waiting, until

# The client goes


@pytest.mark.parametrize("way", ["closes", "resets"])
@pytest.mark.parametrize("when", ["in the body", "before the answer", "in the answer"])
def test_a_client_that_goes_ends_the_application(way, when):
    app = Waiting()

    async def stream(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await asyncio.sleep(0.005)

    if when == "in the answer":
        app.work = stream
    with running(app) as server:
        client = connect(server.port)
        client.sendall(post(b"Content-Length: 5", body=b"he") if when == "in the body" else get())
        assert app.begun.wait(WAIT_S)
        if when == "in the answer":
            assert client.recv(1) == b"H"
        if way == "resets":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        client.close()
        assert app.wait_for_end() in ("CancelledError", "ClientGone")
        until(lambda: not server.connections)
        until(lambda: not server.server.server_state.tasks)


def test_without_cancelling_the_application_is_told():
    told = {}

    async def listen(scope, receive, send):
        message = await receive()
        while message["type"] != "http.disconnect":
            message = await receive()
        try:
            await answer(send, 200, b"")
        except OSError as error:
            told["error"] = error

    with running(listen, cancel_on_disconnect=False) as server:
        client = connect(server.port)
        client.sendall(post(b"Content-Length: 5", body=b"he"))
        until(lambda: server.connections)
        client.close()
        until(lambda: "error" in told)
        assert isinstance(told["error"], ClientGone)


def test_a_client_that_only_listens_gets_its_answer():
    app = Waiting()
    with running(app) as server, connect(server.port) as client:
        client.sendall(get())
        client.shutdown(socket.SHUT_WR)
        assert app.begun.wait(WAIT_S)
        (connection,) = server.server.server_state.connections
        until(lambda: connection._half_closed)
        app.released.set()
        seen = read_answer(client)
        assert (seen.status, seen.fields["connection"]) == (200, "close")
        assert read_to_end(client) == b""


# The application fails


async def raises(scope, receive, send):
    raise ValueError("secret detail")


async def returns(scope, receive, send):
    return


async def starts_and_raises(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ValueError


async def breaks_its_length_at_once(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
    await send({"type": "http.response.body", "body": b"xx"})


async def sends_nonsense(scope, receive, send):
    await send({"type": "http.response.nonsense"})


@pytest.mark.parametrize("app", [raises, returns, starts_and_raises, breaks_its_length_at_once, sends_nonsense])
def test_failing_before_a_byte_is_out_is_a_500(app, caplog):
    refusals = Refusals()
    with running(app, refuse=refusals) as server, connect(server.port) as client:
        client.sendall(get())
        seen = read_answer(client)
        assert seen.status == 500
        assert json.loads(seen.body) == {"code": "internal_error"}
        assert read_to_end(client) == b""
    assert refusals.made == [("internal_error", "127.0.0.1", "/x")]
    assert [record.levelno for record in caplog.records if record.name == "gateway.http"] == [logging.ERROR]


def part(*fields, more: bytes | None = None):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": list(fields)})
        await send({"type": "http.response.body", "body": b"part", "more_body": True})
        if more is not None:
            await send({"type": "http.response.body", "body": more, "more_body": False})

    return app


BROKEN = {
    "chunked, returns": (part(), b"HTTP/1.1"),
    "length, returns": (part((b"content-length", b"9")), b"HTTP/1.1"),
    "length, too short": (part((b"content-length", b"9"), more=b"x"), b"HTTP/1.1"),
    "length, too long": (part((b"content-length", b"9"), more=b"x" * 6), b"HTTP/1.1"),
    "close-delimited, returns": (part(), b"HTTP/1.0"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_failing_in_an_answer_cuts_the_connection_off(name):
    app, version = BROKEN[name]
    with running(app) as server, connect(server.port) as client:
        client.sendall(get(version=version))
        with pytest.raises(ConnectionResetError):
            read_to_clean_end(client)


def read_to_clean_end(client: socket.socket) -> None:
    while client.recv(65536):
        pass


def test_an_application_may_go_on_after_its_answer():
    after = threading.Event()

    async def lingers(scope, receive, send):
        await answer(send, 200, b"ok")
        assert (await receive())["type"] == "http.disconnect"
        if scope["raw_path"] == b"/x":
            after.set()
            raise ValueError

    with running(lingers) as server, connect(server.port) as client:
        client.sendall(get())
        assert read_answer(client).status == 200
        assert after.wait(WAIT_S)
        assert is_kept(client)


# Limits and drain


def test_more_in_flight_than_allowed_is_503():
    app = Waiting()
    with running(app, in_flight=1) as server, connect(server.port) as first, connect(server.port) as second:
        first.sendall(get())
        assert app.begun.wait(WAIT_S)
        second.sendall(get())
        assert read_answer(second).status == 503
        assert read_to_end(second) == b""
        app.released.set()
        assert read_answer(first).status == 200
        until(lambda: not server.server.server_state.tasks)
        assert is_kept(first)


def test_drain_closes_idle_connections_and_answers_the_rest():
    app = Waiting()
    with (
        running(app) as server,
        connect(server.port) as idle,
        connect(server.port) as busy,
        connect(server.port) as half,
    ):
        busy.sendall(get())
        half.sendall(b"GET /half HTTP/1.1\r\n")
        assert app.begun.wait(WAIT_S)
        until(lambda: any(connection._received for connection in server.server.server_state.connections))
        server.begin_drain()
        with pytest.raises(ConnectionRefusedError):
            until(lambda: not connect(server.port))
        assert read_to_end(idle) == b""
        app.released.set()
        half.sendall(b"Host: a\r\n\r\n")
        for client, path in ((busy, b"/x"), (half, b"/half")):
            seen = read_answer(client)
            assert (seen.body, seen.fields["connection"]) == (path, "close")
            assert read_to_end(client) == b""
        server.join()


def test_drain_ends_what_takes_too_long():
    app = Waiting()
    with running(app) as server, connect(server.port) as client:
        server.server.config.timeout_graceful_shutdown = 0.2
        client.sendall(get())
        assert app.begun.wait(WAIT_S)
        server.begin_drain()
        assert app.wait_for_end() == "CancelledError"
        server.join()
        assert read_to_end(client) == b""


def test_the_scope_is_asgi():
    scopes = []

    async def keep(scope, receive, send):
        scopes.append(scope)
        await answer(send, 200, b"")

    with running(keep) as server, connect(server.port) as client:
        client.sendall(get(b"A: b", target=b"/a%20b?c=d"))
        read_answer(client)
        own = client.getsockname()
    scope = scopes[0]
    assert scope["extensions"]["gateway.head"]["head"].target == b"/a%20b?c=d"
    del scope["extensions"]
    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/a b",
        "raw_path": b"/a%20b",
        "query_string": b"c=d",
        "root_path": "",
        "headers": [(b"host", b"a"), (b"a", b"b")],
        "client": own,
        "server": ("127.0.0.1", server.port),
        "state": {},
    }
