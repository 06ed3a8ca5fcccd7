"""Stories of a pool, told step by step. What the pool prints of itself is what they look at."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gateway.problems import Reason
from gateway.upstream import Origin, Reset, Saturated, Unreachable, UpstreamPool
from tests.fakes.raw_backend import OK, Gone, RawBackend, always_ok, answering, unused_port
from tests.gateway.upstream.conftest import PATIENT, answer_to, get, pieces, pool_before, post, rest_of, until

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha"


async def test_one_request_after_the_other_uses_one_connection():
    async with pool_before(always_ok) as (pool, backend):
        assert repr(pool) == "0 active, 0 idle, 0 waiting"

        # The first answer came in one piece: it is here as a whole, and its connection is free already.
        response = await pool.send(get(b"/first"))
        assert (response.status, response.reason, response.whole) == (200, b"OK", b"ok")
        assert repr(pool) == "0 active, 1 idle, 0 waiting"
        assert await response.read(2) == b"ok"
        await response.aclose()
        assert repr(pool) == "0 active, 1 idle, 0 waiting"

        assert await answer_to(pool, get(b"/second")) == (200, b"ok")
        assert repr(pool) == "0 active, 1 idle, 0 waiting"
        assert [seen.target for seen in backend.seen] == [b"/first", b"/second"]
        assert backend.connections == 1


async def test_the_request_is_written_as_it_is():
    async with pool_before(always_ok) as (pool, backend):
        await answer_to(pool, get(b"/a%20b?c=d&e"))
        assert backend.seen[0].head == b"GET /a%20b?c=d&e HTTP/1.1\r\nhost: backend\r\n\r\n"


async def test_a_busy_connection_is_not_shared_and_the_newest_is_reused_first():
    turn = asyncio.Event()

    async def behave(conversation):
        while True:
            await conversation.request()
            if conversation.number == 1:
                await turn.wait()
            await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % conversation.number)

    async with pool_before(behave) as (pool, backend):
        slow = asyncio.create_task(answer_to(pool, get()))
        await backend.until(lambda: len(backend.seen) == 1)
        assert repr(pool) == "1 active, 0 idle, 0 waiting"
        await answer_to(pool, get())
        assert repr(pool) == "1 active, 1 idle, 0 waiting"
        turn.set()
        await slow
        assert repr(pool) == "0 active, 2 idle, 0 waiting"
        for _ in range(3):
            assert await answer_to(pool, get()) == (200, b"1")  # used last, so taken first


async def test_who_comes_first_is_served_first_and_nobody_overtakes():
    turns = asyncio.Semaphore(0)

    async def behave(conversation):
        while True:
            await conversation.request()
            await turns.acquire()
            await conversation.send(OK)

    async with pool_before(behave, max_connections=1) as (pool, backend):
        order: list[int] = []

        async def ask(number):
            await answer_to(pool, get(b"/%d" % number))
            order.append(number)

        tasks = []
        for number in range(5):
            tasks.append(asyncio.create_task(ask(number)))
            await until(lambda count=number: repr(pool) == f"1 active, 0 idle, {count} waiting")
        for _ in tasks:
            turns.release()
        await asyncio.gather(*tasks)
        assert order == [0, 1, 2, 3, 4]
        assert [seen.target for seen in backend.seen] == [b"/0", b"/1", b"/2", b"/3", b"/4"]
        assert backend.connections == 1
        assert repr(pool) == "0 active, 1 idle, 0 waiting"


async def test_whoever_waits_too_long_is_told_that_all_are_busy():
    async with pool_before(answering(HALF), max_connections=1, queue_timeout_s=0.02) as (pool, _):
        held = await pool.send(get())
        with pytest.raises(Saturated) as caught:
            await pool.send(get())
        assert caught.value.reason is Reason.UPSTREAM_SATURATED
        assert repr(pool) == "1 active, 0 idle, 0 waiting"
        await held.aclose()
        assert repr(pool) == "0 active, 0 idle, 0 waiting"


async def test_one_that_gives_up_waiting_leaves_its_place():
    async with pool_before(answering(HALF), max_connections=1) as (pool, backend):
        held = await pool.send(get())
        waiting = [asyncio.create_task(pool.send(get(b"/%d" % number))) for number in range(2)]
        await until(lambda: repr(pool) == "1 active, 0 idle, 2 waiting")
        waiting[0].cancel()
        await until(lambda: repr(pool) == "1 active, 0 idle, 1 waiting")
        await held.aclose()
        await (await waiting[1]).aclose()
        assert [seen.target for seen in backend.seen] == [b"/", b"/1"]


async def test_a_grant_that_comes_as_its_waiter_is_cancelled_is_not_lost():
    async with pool_before(answering(HALF), max_connections=1) as (pool, _):
        held = await pool.send(get())
        first, second = (asyncio.create_task(pool.send(get())) for _ in range(2))
        await until(lambda: repr(pool) == "1 active, 0 idle, 2 waiting")
        await held.aclose()  # grants the slot to the first, which has not run yet ...
        first.cancel()  # ... and never will
        await (await second).aclose()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert repr(pool) == "0 active, 0 idle, 0 waiting"


async def test_idle_connections_expire_the_busy_one_does_not():
    async with pool_before(keep_idle_s=0.02) as (pool, backend):
        held = await pool.send(get(b"/?misbehave=stall"))
        await answer_to(pool, get())
        assert repr(pool) == "1 active, 1 idle, 0 waiting"
        await backend.until(lambda: backend.closed == 1)
        assert repr(pool) == "1 active, 0 idle, 0 waiting"
        await held.aclose()


async def test_an_expired_connection_is_not_used_even_before_it_is_swept():
    async with pool_before(always_ok, keep_idle_s=1e-9) as (pool, backend):
        await answer_to(pool, get())
        await until(pool._idle[0].is_expired)  # a tick of the clock; the sweep comes later
        assert pool.take_idle() is None
        await answer_to(pool, get())
        assert backend.connections == 2


async def test_a_connection_that_the_backend_closes_while_idle_is_forgotten():
    closing = asyncio.Event()

    async def behave(conversation):
        await conversation.request()
        await conversation.send(OK)
        await closing.wait()

    async with pool_before(behave) as (pool, backend):
        await answer_to(pool, get())
        assert repr(pool) == "0 active, 1 idle, 0 waiting"
        closing.set()
        await until(lambda: repr(pool) == "0 active, 0 idle, 0 waiting")
        await answer_to(pool, post(length=0), b"")  # not even a POST meets it
        assert backend.connections == 2


async def test_bytes_on_an_idle_connection_close_it():
    speak = asyncio.Event()

    async def behave(conversation):
        await conversation.request()
        await conversation.send(OK)
        await speak.wait()
        await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsmuggled!")
        await conversation.gone()

    async with pool_before(behave) as (pool, backend):
        await answer_to(pool, get())
        speak.set()
        await backend.until(lambda: backend.closed == 1)
        assert repr(pool) == "0 active, 0 idle, 0 waiting"


# Sending a second time.


def closing_second(after: bytes = b"", *, reset: bool = False):
    """Answers the first request of a connection; at the second it sends `after` and is gone."""

    async def behave(conversation):
        await conversation.request()
        await conversation.send(OK)
        await conversation.request()
        await conversation.send(after)
        if reset:
            await conversation.reset()
        raise Gone

    return behave


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
async def test_an_idempotent_request_is_sent_again_once_when_its_reused_connection_was_closed(method, reset):
    async with pool_before(closing_second(reset=reset)) as (pool, backend):
        await answer_to(pool, get(b"/first"))
        status, _ = await answer_to(pool, get(b"/second", method))
        assert status == 200
        assert [(seen.target, seen.connection) for seen in backend.seen] == [(b"/first", 1), (b"/second", 1), (b"/second", 2)]  # fmt: skip


@pytest.mark.parametrize(("request_", "body"), [
    (post(length=0), None), (post(length=4), b"body"), (get(method="PATCH"), None), (get(method="POST"), None),
    (post(length=4, method="PUT"), b"body"), (post(method="PUT"), (b"bo", b"dy")),
])  # fmt: skip
async def test_other_requests_reach_the_backend_once(request_, body):
    async with pool_before(closing_second()) as (pool, backend):
        await answer_to(pool, get(b"/first"))
        with pytest.raises(Reset):
            await pool.send(request_, pieces(*body) if isinstance(body, tuple) else body)
        assert len(backend.seen) == 2
        assert repr(pool) == "0 active, 0 idle, 0 waiting"


async def test_it_is_not_sent_again_after_a_byte_of_an_answer():
    async with pool_before(closing_second(b"H")) as (pool, backend):
        await answer_to(pool, get(b"/first"))
        with pytest.raises(Reset):
            await pool.send(get(b"/second"))
        assert len(backend.seen) == 2


async def test_it_is_not_sent_again_on_a_connection_of_its_own():
    async with pool_before() as (pool, backend):
        with pytest.raises(Reset):
            await pool.send(get(b"/?misbehave=close"))
        assert len(backend.seen) == 1


async def test_it_is_not_sent_a_third_time():
    async def behave(conversation):
        await conversation.request()
        if conversation.number == 1:
            await conversation.send(OK)
            await conversation.request()
        raise Gone

    async with pool_before(behave) as (pool, backend):
        await answer_to(pool, get(b"/first"))
        with pytest.raises(Reset):
            await pool.send(get(b"/second"))
        assert [seen.target for seen in backend.seen] == [b"/first", b"/second", b"/second"]


async def test_it_is_sent_again_on_a_new_connection_though_others_are_idle():
    """One was closed, so its neighbours may be."""
    both = asyncio.Barrier(2)

    async def behave(conversation):
        await conversation.request()
        if conversation.number <= 2:
            await both.wait()
        await conversation.send(OK)
        if conversation.number <= 2:
            await conversation.request()
            raise Gone
        await conversation.gone()

    async with pool_before(behave, max_connections=2) as (pool, backend):
        await asyncio.gather(answer_to(pool, get()), answer_to(pool, get()))
        assert repr(pool) == "0 active, 2 idle, 0 waiting"
        assert await answer_to(pool, get(b"/again")) == (200, b"ok")
        assert [seen.connection for seen in backend.seen if seen.target == b"/again"][1:] == [3]
        assert repr(pool) == "0 active, 2 idle, 0 waiting"


# Connecting, closing.


async def test_a_port_that_refuses_is_unreachable():
    pool = UpstreamPool(Origin("http", "127.0.0.1", unused_port()), PATIENT)
    with pytest.raises(Unreachable, match="connection refused") as caught:
        await pool.send(get())
    assert caught.value.reason is Reason.UPSTREAM_UNREACHABLE
    assert repr(pool) == "0 active, 0 idle, 0 waiting"


async def test_a_host_that_has_no_address_is_unreachable():
    pool = UpstreamPool(Origin("http", "a" * 64, 80), PATIENT)
    with pytest.raises(Unreachable):
        await pool.send(get())
    assert repr(pool) == "0 active, 0 idle, 0 waiting"


async def test_connecting_that_takes_too_long_is_unreachable_and_tls_counts():
    async def behave(conversation):  # takes the connection, and never answers the handshake
        await conversation.gone()

    async with RawBackend(behave) as backend:
        limits = replace(PATIENT, connect_timeout_s=0.02)
        pool = UpstreamPool(Origin("https", "127.0.0.1", backend.port), limits)
        with pytest.raises(Unreachable, match="took too long"):
            await pool.send(get())
        assert repr(pool) == "0 active, 0 idle, 0 waiting"


async def test_whoever_waits_for_a_slot_gets_it_when_connecting_fails():
    pool = UpstreamPool(Origin("http", "127.0.0.1", unused_port()), replace(PATIENT, max_connections=1))
    results = await asyncio.gather(*(pool.send(get()) for _ in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [Unreachable] * 5
    assert repr(pool) == "0 active, 0 idle, 0 waiting"


async def test_closing_refuses_new_requests_and_waits_for_those_in_flight():
    turn = asyncio.Event()

    async def behave(conversation):
        await conversation.request()
        await conversation.send(HALF)
        await turn.wait()
        await conversation.send(b"lf")
        await conversation.request()
        await conversation.send(OK)
        await conversation.gone()

    async with pool_before(behave, max_connections=1) as (pool, _):
        response = await pool.send(get())
        queued = asyncio.create_task(answer_to(pool, get()))
        await until(lambda: repr(pool) == "1 active, 0 idle, 1 waiting")
        closing = asyncio.create_task(pool.close())
        await asyncio.sleep(0)
        with pytest.raises(Unreachable, match="closed"):
            await pool.send(get())
        assert pool.take_idle() is None
        assert not closing.done()
        turn.set()
        assert await rest_of(response) == b"half"
        assert await queued == (200, b"ok")
        await closing
        assert repr(pool) == "0 active, 0 idle, 0 waiting"


async def test_closing_ends_what_is_not_done_in_time():
    async with pool_before(answering(HALF), max_connections=1) as (pool, backend):
        response = await pool.send(get())
        queued = asyncio.create_task(pool.send(get()))
        await until(lambda: repr(pool) == "1 active, 0 idle, 1 waiting")
        await pool.close(0.01)
        with pytest.raises(Reset):
            await rest_of(response)
        with pytest.raises(Unreachable):
            await queued
        await backend.until(lambda: backend.closed == 1)


async def test_a_pool_without_connections_has_no_timer():
    async with pool_before(keep_idle_s=0.01) as (pool, backend):
        await answer_to(pool, get())
        await until(lambda: pool._sweep_timer is None)
        await answer_to(pool, get())  # and it starts again
        await backend.until(lambda: backend.closed == 2)


async def test_closing_while_a_connection_is_being_made_leaves_none_behind():
    async with pool_before(always_ok) as (pool, backend):
        asking = asyncio.create_task(pool.send(get()))
        await asyncio.sleep(0)  # it dials
        assert repr(pool) == "1 active, 0 idle, 0 waiting"
        await pool.close(0)
        with pytest.raises(Reset):
            await asking
        assert repr(pool) == "0 active, 0 idle, 0 waiting"
        assert backend.seen == []


async def test_a_connection_that_closes_between_its_grant_and_its_use_is_not_used():
    async with pool_before(always_ok, max_connections=1) as (pool, backend):
        await answer_to(pool, get(b"/first"))
        connection = pool.take_idle()
        assert connection is not None
        second = asyncio.create_task(answer_to(pool, post(b"/second", length=0), b""))
        await until(lambda: repr(pool) == "1 active, 0 idle, 1 waiting")
        pool.on_free(connection)  # granted to the second, which has not run yet ...
        assert repr(pool) == "1 active, 0 idle, 0 waiting"
        connection.eof_received()  # ... when the backend closes it
        assert await second == (200, b"ok")
        assert [(seen.target, seen.connection) for seen in backend.seen] == [(b"/first", 1), (b"/second", 2)]


async def test_a_second_sending_is_refused_when_the_pool_has_closed_meanwhile():
    async def behave(conversation):
        await conversation.request()
        await conversation.send(OK)
        await conversation.request()
        closing.set()
        await conversation.gone()

    closing = asyncio.Event()
    async with pool_before(behave) as (pool, backend):
        await answer_to(pool, get(b"/first"))
        second = asyncio.create_task(pool.send(get(b"/second")))
        await closing.wait()
        await pool.close(0)
        with pytest.raises(Unreachable, match="closed"):
            await second
        assert len(backend.seen) == 2
