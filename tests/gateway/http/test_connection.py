"""Stories of one connection: order, back-pressure, expectations, the rest of a body after its answer."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

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
from tests.gateway.http.requests import chunked, get, post
from tests.gateway.http.waiting import Waiting, until

if TYPE_CHECKING:
    import socket

MIB = 1024 * 1024


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
