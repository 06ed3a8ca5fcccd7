"""Stories of one connection: order, back-pressure, endings, a client that goes, an application that fails."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import threading

import pytest

from gateway.http import ClientGone
from gateway.http.protocol import DRAIN_BYTES
from tests.gateway.http.harness import (
    WAIT_S,
    Refusals,
    answer,
    connect,
    is_kept,
    read_answer,
    read_body,
    read_to_end,
    running,
)
from tests.gateway.http.rows import chunked, get, post

MIB = 1024 * 1024


class Waiting:
    """Tells when the application has begun and how it ended; answers once it is released."""

    def __init__(self) -> None:
        self.begun, self.released, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.end: str | None = None

    async def __call__(self, scope, receive, send) -> None:
        self.begun.set()
        try:
            self.end = await self.work(scope, receive, send)
        except BaseException as error:
            self.end = type(error).__name__
            raise
        finally:
            self.ended.set()

    async def work(self, scope, receive, send) -> str:
        while not self.released.is_set():
            await asyncio.sleep(0.005)
        await answer(send, 200, scope["raw_path"])
        return "answered"

    def wait_for_end(self) -> str | None:
        assert self.ended.wait(WAIT_S)
        return self.end


# Order


def test_pipelined_requests_are_answered_in_order():
    async def slower_the_earlier(scope, receive, send):
        body = await read_body(receive)
        await asyncio.sleep(0.02 / (1 + int(scope["raw_path"][1:])))
        await answer(send, 200, scope["raw_path"] + body)

    requests = [
        b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok" % at
        if at % 2
        else b"POST /%d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" % at
        for at in range(20)
    ]
    with running(slower_the_earlier) as server, connect(server.port) as client:
        client.sendall(b"".join(requests))
        assert [read_answer(client).body for _ in requests] == [b"/%dok" % at for at in range(20)]


def test_a_bad_request_behind_a_good_one_does_not_spoil_its_answer():
    app = Waiting()
    with running(app) as server, connect(server.port) as client:
        client.sendall(get() + b"BAD\r\n\r\n")
        app.released.set()
        assert read_answer(client).body == b"/x"
        assert read_answer(client).status == 400
        assert read_to_end(client) == b""


def test_a_flood_of_pipelined_requests_is_not_buffered():
    app = Waiting()
    with running(app) as server, connect(server.port) as client:
        assert sent_until_full(client, get() * 1000) < 64 * MIB
        (connection,) = server.server.server_state.connections
        assert len(connection._received) < MIB
        app.released.set()
        assert read_answer(client).body == b"/x"


def sent_until_full(client: socket.socket, piece: bytes) -> int:
    """How many bytes the server and the buffers between take before nothing more is taken."""
    client.settimeout(0.5)
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < 64 * MIB:
            sent += client.send(piece)
    client.settimeout(WAIT_S)
    return sent


# Back-pressure


def test_a_body_that_nobody_reads_is_not_buffered():
    app = Waiting()
    with running(app) as server, connect(server.port) as client:
        client.sendall(post(b"Content-Length: 100000000"))
        assert sent_until_full(client, b"x" * MIB) < 64 * MIB
        (connection,) = server.server.server_state.connections
        assert len(connection._cycle._body) < MIB


def test_a_slowly_read_body_arrives_whole():
    async def sum_slowly(scope, receive, send):
        total, pieces = 0, 0
        while True:
            message = await receive()
            total += sum(message["body"])
            pieces += 1
            await asyncio.sleep(0)
            if not message["more_body"]:
                break
        await answer(send, 200, b"%d" % total)

    with running(sum_slowly) as server, connect(server.port) as client:
        client.sendall(post(b"Content-Length: 5000000", body=b"\x01" * 5_000_000))
        assert read_answer(client).body == b"5000000"
        assert is_kept(client)


def test_an_answer_that_nobody_reads_is_not_buffered():
    sent_bytes = 0

    async def endless(scope, receive, send):
        nonlocal sent_bytes
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            sent_bytes += 65536

    with running(endless) as server, connect(server.port) as client:
        client.sendall(get())
        assert client.recv(1) == b"H"
        (connection,) = server.server.server_state.connections
        until(lambda: connection.flow.write_paused)
        assert connection._transport.get_write_buffer_size() < MIB
        before = sent_bytes
        for _ in range(500):  # make room, and it goes on
            client.recv(65536)
        until(lambda: sent_bytes > before)


def until(condition):
    """Wait for what the server's thread will bring about, and give it."""
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.005)):
        if found := condition():
            return found
        pause.wait(0.005)
    raise AssertionError("it did not happen")


# Expectations


def test_continue_is_sent_when_the_application_first_reads():
    app = Waiting()

    async def work(scope, receive, send):
        while not app.released.is_set():
            await asyncio.sleep(0.005)
        await answer(send, 200, await read_body(receive))

    app.work = work
    with running(app) as server, connect(server.port) as client:
        client.sendall(post(b"Expect: 100-continue", b"Content-Length: 2"))
        assert app.begun.wait(WAIT_S)
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(1)
        app.released.set()
        client.settimeout(WAIT_S)
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"ok")
        assert read_answer(client).body == b"ok"
        assert is_kept(client)


def test_no_continue_before_a_refusal_and_then_the_connection_ends():
    async def refuse(scope, receive, send):
        await answer(send, 401, b"no")

    with running(refuse) as server, connect(server.port) as client:
        client.sendall(post(b"Expect: 100-continue", b"Content-Length: 2"))
        seen = read_answer(client)
        assert (seen.status, seen.fields["connection"]) == (401, "close")
        assert read_to_end(client) == b""


# The rest of a body after its answer


async def early(scope, receive, send):
    await answer(send, 200, b"early")


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_short_rest_is_read_and_the_connection_kept(framing):
    body = b"x" * 60_000
    wire = {
        "length": (post(b"Content-Length: 60000"), body),
        "chunked": (chunked(b""), b"ea60\r\n" + body + b"\r\n0\r\n\r\n"),
    }
    head, rest = wire[framing]
    with running(early) as server, connect(server.port) as client:
        client.sendall(head)
        assert read_answer(client).body == b"early"
        client.sendall(rest)
        assert is_kept(client)


def test_a_long_rest_ends_the_connection_after_its_answer():
    with running(early) as server, connect(server.port) as client:
        client.sendall(post(b"Content-Length: %d" % (DRAIN_BYTES + 1)))
        seen = read_answer(client)
        assert (seen.body, seen.fields["connection"]) == (b"early", "close")
        assert read_to_end(client) == b""


def test_a_long_chunked_rest_ends_the_connection():
    with running(early) as server, connect(server.port) as client:
        client.sendall(chunked(b""))
        assert read_answer(client).body == b"early"
        client.sendall(b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n" + b"ffff\r\n")
        assert read_to_end(client) == b""


def test_a_malformed_rest_ends_the_connection_without_a_second_answer():
    refusals = Refusals()
    with running(early, refuse=refusals) as server, connect(server.port) as client:
        client.sendall(chunked(b""))
        assert read_answer(client).body == b"early"
        client.sendall(b"zz\r\n" + get())
        assert read_to_end(client) == b""
        assert refusals.made == []


def test_a_client_that_still_sends_is_not_reset_under_its_answer():
    with running(early) as server, connect(server.port) as client:
        client.sendall(post(b"Content-Length: 100000000"))
        (connection,) = until(lambda: server.server.server_state.connections)
        until(lambda: connection._lingering)
        for sent in (50_000, 100_000):
            client.sendall(b"x" * 50_000)
            until(lambda sent=sent: connection._discarded_bytes >= sent)
        assert read_answer(client).body == b"early"


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
