"""The callbacks of a connection, without tasks: what a fast lane builds on. The wire is real, the receiver notes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.upstream import Reset, render_head
from tests.fakes.raw_backend import OK, always_ok, answering
from tests.gateway.upstream.conftest import answer_to, get, pool_before, until

if TYPE_CHECKING:
    from gateway.upstream import Connection, UpstreamError

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Notes:
    """A receiver that notes what it is told. `abort_at`: the call at which it aborts its connection."""

    def __init__(self, connection: Connection, abort_at: str = "", heard: asyncio.Queue[object] | None = None) -> None:
        self.told: list[object] = []
        self._heard = heard
        self.is_over = False
        self._connection = connection
        self._abort_at = abort_at

    def on_head(self, head, whole):
        self._note("head", (head.status, whole))

    def on_body(self, piece):
        self._note("body", piece)

    def on_end(self):
        self.is_over = True
        self._note("end", "end")

    def on_fault(self, fault: UpstreamError):
        self.is_over = True
        self._note("fault", type(fault))

    def _note(self, call, what):
        self.told.append(what)
        if self._heard is not None:
            self._heard.put_nowait(what)
        if call == self._abort_at:
            self.is_over = True
            self._connection.abort()


async def exchange(pool, abort_at: str = "", heard: asyncio.Queue[object] | None = None) -> tuple[Connection, Notes]:
    await answer_to(pool, get(b"/first"))
    connection = pool.take_idle()
    assert connection is not None
    notes = Notes(connection, abort_at, heard)
    connection.start(render_head(get(b"/second")), notes)
    await until(lambda: notes.is_over)
    return connection, notes


async def test_an_answer_in_one_piece_is_two_calls_and_its_connection_is_free_before_them():
    async with pool_before(always_ok) as (pool, _):
        connection, notes = await exchange(pool)
        assert notes.told == [(200, b"ok"), "end"]
        assert pool.take_idle() is connection
        assert pool.take_idle() is None
        connection.abort()


async def test_an_answer_in_pieces_is_told_in_pieces():
    heard: asyncio.Queue[object] = asyncio.Queue()

    async def behave(conversation):
        await conversation.request()
        await conversation.send(OK)
        await conversation.request()
        for part in (CHUNKED, b"3\r\none\r\n", b"3\r\ntwo\r\n0\r\n\r\n"):
            await conversation.send(part)
            await heard.get()
        await conversation.gone()

    async with pool_before(behave) as (pool, _):
        _, notes = await exchange(pool, heard=heard)
        assert notes.told == [(200, None), b"one", b"two", "end"]
        assert repr(pool) == "0 active, 1 idle, 0 waiting"


async def test_a_connection_that_was_paused_as_its_answer_ended_reads_the_next_one():
    class Pausing(Notes):
        def on_body(self, piece):
            super().on_body(piece)
            self._connection.pause()

    async def behave(conversation):
        await conversation.request()
        await conversation.send(OK)
        await conversation.request()
        await conversation.send(CHUNKED)
        await heard.get()
        await conversation.send(b"3\r\none\r\n0\r\n\r\n")
        await conversation.request()
        await conversation.send(OK)
        await conversation.gone()

    heard: asyncio.Queue[object] = asyncio.Queue()
    async with pool_before(behave) as (pool, backend):
        await answer_to(pool, get())
        connection = pool.take_idle()
        assert connection is not None
        notes = Pausing(connection, heard=heard)
        connection.start(render_head(get()), notes)
        await until(lambda: notes.is_over)
        assert notes.told == [(200, None), b"one", "end"]
        assert await answer_to(pool, get()) == (200, b"ok")
        assert backend.connections == 1


@pytest.mark.parametrize(("abort_at", "told"), [("head", [(200, None)]), ("body", [(200, None), b"one"])])
async def test_nothing_is_told_after_an_abort(abort_at, told):
    async with pool_before(answering(OK, CHUNKED + b"3\r\none\r\n")) as (pool, backend):
        _, notes = await exchange(pool, abort_at)
        await backend.until(lambda: backend.closed == 1)
        assert notes.told == told
        assert repr(pool) == "0 active, 0 idle, 0 waiting"


async def test_a_connection_that_closed_sends_nothing_and_says_so():
    async with pool_before(always_ok) as (pool, backend):
        await answer_to(pool, get())
        connection = pool.take_idle()
        assert connection is not None
        connection.abort()
        with pytest.raises(Reset) as caught:
            connection.start(render_head(get()), Notes(connection))
        assert caught.value.stale
        connection.write(b"never")
        connection.pause()
        connection.resume()
        assert len(backend.seen) == 1


async def test_a_stale_connection_tells_its_receiver_so():
    async def behave(conversation):
        await conversation.request()
        await conversation.send(OK)
        await conversation.request()

    async with pool_before(behave) as (pool, _):
        _, notes = await exchange(pool)
        assert notes.told == [Reset]


async def test_one_exchange_at_a_time():
    async with pool_before() as (pool, _):
        await answer_to(pool, get())
        connection = pool.take_idle()
        assert connection is not None
        connection.start(render_head(get(b"/?misbehave=silence")), Notes(connection))
        with pytest.raises(Reset):
            connection.start(render_head(get()), Notes(connection))
        connection.abort()
