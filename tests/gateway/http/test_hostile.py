"""Every hostile row over a real socket: its status, the connection closed, no application fed a whole request."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from gateway.problems import PROBLEMS
from tests.gateway.http.harness import EchoApp, Refusals, Running, connect, edge_of, read_to_end, running
from tests.gateway.http.requests import get
from tests.gateway.http.rows import ROWS, SMUGGLED, Row


@dataclass
class Target:
    server: Running
    app: EchoApp
    refusals: Refusals


@pytest.fixture(scope="module")
def target():
    app, refusals = EchoApp(), Refusals()
    with running(app, refuse=refusals) as server:
        yield Target(server, app, refusals)


def test_there_are_enough_rows_and_each_is_named_once():
    assert len(ROWS) >= 120
    assert len({row.name for row in ROWS}) == len(ROWS)


def refused(target: Target, row: Row, pieces) -> None:
    """Send the pieces and, behind them, a request that must never be read."""
    target.app.begun.clear()
    target.app.whole.clear()
    target.refusals.made.clear()
    with connect(target.server.port) as client:
        try:
            for piece in pieces:
                client.sendall(piece)
        except ConnectionError:
            pass  # refused before its end
        received = read_to_end(client)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % PROBLEMS[row.reason].status), received
    assert b"\r\nconnection: close" in head
    assert json.loads(body) == {"code": row.reason.value}
    assert [made[0] for made in target.refusals.made] == [row.reason.value]
    assert target.app.whole == []
    assert target.app.begun in ([], ["/x"]) if row.begins else target.app.begun == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_is_refused_and_closed(target, row):
    refused(target, row, [row.raw])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_follows_it_is_never_read(target, row):
    if row.raw.endswith(b"\n"):  # else the request behind would become a part of the unfinished one
        refused(target, row, [row.raw + SMUGGLED * 3])


SMALL = [row for row in ROWS if len(row.raw) < 200]


@pytest.mark.parametrize("row", SMALL[::4], ids=lambda row: row.name)
def test_is_refused_alike_byte_by_byte(target, row):
    refused(target, row, [row.raw[at : at + 1] for at in range(len(row.raw))])


def test_a_refusal_names_the_client_and_the_head_if_there_is_one(target):
    target.refusals.made.clear()
    with connect(target.server.port) as client:
        client.sendall(b"POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
        read_to_end(client)
    assert target.refusals.made == [("malformed_request", "127.0.0.1", "/p")]


def test_the_server_is_unharmed(target):
    with connect(target.server.port) as client:
        client.sendall(get())
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_limits_are_settings():
    edge = edge_of()
    assert (edge.head.head_bytes, edge.head.fields, edge.head.target_bytes) == (16 * 1024, 100, 8 * 1024)
