"""Bodies both ways, as they stream: framing, back-pressure, early answers, who gives up when."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from gateway.problems import Reason, Refused
from gateway.upstream import Origin, Reset, TimedOut, Unreachable, UpstreamError, UpstreamPool, UpstreamRequest
from tests.fakes.certificate import server_context, trusting_context
from tests.fakes.raw_backend import OK, RawBackend, always_ok, answering
from tests.gateway.upstream.conftest import (
    HOST,
    PATIENT,
    answer_to,
    get,
    pieces,
    pool_before,
    post,
    rest_of,
    until,
)

# The request's body.


@pytest.mark.parametrize(
    ("request_", "body", "on_the_wire"),
    [
        (post(length=4), b"body", b"body"),
        (post(length=4), (b"bo", b"", b"dy"), b"body"),
        (post(length=0), b"", b""),
        (post(length=0), (), b""),
        (post(length=0), None, b""),
        (post(), b"body", b"4\r\nbody\r\n0\r\n\r\n"),
        (post(), b"", b"0\r\n\r\n"),
        (post(), (b"bo", b"", b"dy" * 6), b"2\r\nbo\r\nc\r\ndydydydydydy\r\n0\r\n\r\n"),
        (post(), (), b"0\r\n\r\n"),
    ],
)
async def test_the_body_is_framed_as_the_fields_say(request_, body, on_the_wire):
    async with pool_before(always_ok) as (pool, backend):
        sent = pieces(*body) if isinstance(body, tuple) else body
        assert await answer_to(pool, request_, sent) == (200, b"ok")
        assert (backend.seen[0].body, backend.seen[0].is_complete) == (on_the_wire, True)
        assert repr(pool) == "0 active, 1 idle, 0 waiting"


@pytest.mark.parametrize("texts", [(b"b", b"od"), (), (b"bod", b"ies"), (b"bodies",)])
async def test_a_body_of_another_length_never_completes_at_the_backend(texts):
    async with pool_before(always_ok) as (pool, backend):
        with pytest.raises(Refused) as caught:
            await pool.send(post(length=4), pieces(*texts))
        assert caught.value.reason is Reason.MALFORMED_REQUEST
        await backend.until(lambda: backend.closed == 1)
        assert not any(seen.is_complete for seen in backend.seen)
        assert repr(pool) == "0 active, 0 idle, 0 waiting"


@pytest.mark.parametrize("request_", [post(), post(length=100)])
async def test_a_body_that_breaks_off_never_completes_at_the_backend(request_):
    class ClientWentAwayError(Exception):
        pass

    async def breaking():
        yield b"begun"
        await backend.until(lambda: bool(backend.seen))
        raise ClientWentAwayError

    async with pool_before(always_ok) as (pool, backend):
        with pytest.raises(ClientWentAwayError):
            await pool.send(request_, breaking())
        await backend.until(lambda: backend.closed == 1)
        assert not backend.seen[0].is_complete
        assert repr(pool) == "0 active, 0 idle, 0 waiting"


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (get(), b"body"),
        (get(), (b"bo", b"dy")),
        (post(length=4), None),
        (post(length=4), b"bodies"),
        (UpstreamRequest("POST", b"/", (HOST, (b"content-length", b"1"), (b"transfer-encoding", b"chunked"))), b"b"),
        (UpstreamRequest("POST", b"/", (HOST, (b"content-length", b"1"), (b"content-length", b"1"))), b"b"),
        (UpstreamRequest("POST", b"/", (HOST, (b"transfer-encoding", b"gzip"))), b"b"),
        (UpstreamRequest("GET", b"/", (HOST, (b"x-account-id", b"a\r\nx-scopes: all"))), None),
        (UpstreamRequest("GET", b"/ HTTP/1.1\r\nx: y", (HOST,)), None),
    ],
)
async def test_a_request_that_contradicts_itself_is_not_sent(request_, body):
    async with pool_before() as (pool, backend):
        with pytest.raises((ValueError, Refused)):
            await pool.send(request_, pieces(*body) if isinstance(body, tuple) else body)
        assert backend.connections == 0


async def test_sending_waits_for_a_backend_that_reads_slowly():
    reading, sent = asyncio.Event(), 0

    async def behave(conversation):
        seen = await conversation.head()
        await reading.wait()
        await conversation.body(seen)
        await conversation.send(OK)
        await conversation.gone()

    async def endless():
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b"x" * 65536

    async with pool_before(behave) as (pool, _):
        sending = asyncio.create_task(answer_to(pool, post(length=1000 * 65536), endless()))
        (connection,) = await active(pool)
        await until(lambda: connection._room is not None)
        held = sent
        assert held < 500
        reading.set()
        assert await sending == (200, b"ok")
        assert sent == 1000


async def active(pool):
    await until(lambda: bool(pool._active) and all(each.phase.name == "WAITING" for each in pool._active))
    return tuple(pool._active)


async def test_a_backend_that_stops_reading_is_a_timeout():
    async def behave(conversation):
        await conversation.head()
        await asyncio.Event().wait()

    async def endless():
        while True:
            yield b"x" * 65536

    async with pool_before(behave, idle_timeout_s=0.05) as (pool, _):
        with pytest.raises(TimedOut):
            await pool.send(post(), endless())
        assert repr(pool) == "0 active, 0 idle, 0 waiting"


async def test_a_backend_is_not_blamed_for_a_client_that_sends_slowly():
    async with pool_before(always_ok, first_byte_timeout_s=0.2, idle_timeout_s=0.2) as (pool, _):

        async def slow():
            yield b"bo"
            swept = pool._sweep_timer
            for _ in range(16):  # long past both timeouts
                await until(lambda last=swept: pool._sweep_timer is not last)
                swept = pool._sweep_timer
            yield b"dy"

        assert await answer_to(pool, post(length=4), slow()) == (200, b"ok")


async def test_an_early_answer_is_given_and_its_connection_dropped():
    asked_for_more, told_to_stop = asyncio.Event(), asyncio.Event()

    async def upload():
        yield b"begun"
        asked_for_more.set()
        try:
            await asyncio.Event().wait()
        finally:
            told_to_stop.set()

    async with pool_before() as (pool, backend):
        assert await answer_to(pool, post(b"/?misbehave=early"), upload()) == (413, b"big")
        assert asked_for_more.is_set()
        await told_to_stop.wait()
        await backend.until(lambda: backend.closed == 1)
        assert repr(pool) == "0 active, 0 idle, 0 waiting"
        assert not backend.seen[0].is_complete


async def test_an_answer_may_stream_while_its_request_does():
    async def echo(conversation):
        await conversation.head()
        await conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(3):
            size = int(await conversation._until(b"\r\n"), 16)
            text = await conversation._until(b"\r\n")
            await conversation.send(b"%x\r\n%b" % (size, text))
        await conversation._until(b"0\r\n\r\n")
        await conversation.send(b"0\r\n\r\n")
        await conversation.gone()

    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def in_turns():
        yield b"one"
        for text in (b"two", b"three"):
            await heard.get()  # nothing more until the last was answered
            yield text

    async with pool_before(echo) as (pool, _):
        response = await pool.send(post(), in_turns())
        got = []
        async for piece in response.body():
            got.append(piece)
            heard.put_nowait(piece)
        assert b"".join(got) == b"onetwothree"
        await until(lambda: repr(pool) == "0 active, 1 idle, 0 waiting")


# The answer's body.


async def test_reading_stops_while_nobody_takes_what_has_come():
    size, sent = 64 * 1024 * 1024, 0

    async def behave(conversation):
        nonlocal sent
        await conversation.request()
        await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 65536):
            await conversation.send(b"x" * 65536)
            sent += 65536
        await conversation.gone()

    async with pool_before(behave, idle_timeout_s=0.3) as (pool, _):
        response = await pool.send(get())
        await until(lambda: response._inbox._buffered_bytes > 65536)
        swept = pool._sweep_timer
        for _ in range(20):  # long past the idle timeout: it is we who do not read
            await until(lambda last=swept: pool._sweep_timer is not last)
            swept = pool._sweep_timer
        assert response._inbox._buffered_bytes < 1 << 20
        assert sent < size
        count = 0
        async for piece in response.body():
            count += len(piece)
        assert count == size
        assert repr(pool) == "0 active, 1 idle, 0 waiting"


async def test_an_answer_that_ends_while_reading_is_paused_is_whole():
    body = b"y" * 200_000

    async with pool_before(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + body)) as (pool, _):
        response = await pool.send(get())
        assert await rest_of(response) == body
        assert repr(pool) == "0 active, 1 idle, 0 waiting"


async def test_an_answer_until_close_is_whole_and_its_connection_not_kept():
    async def behave(conversation):
        await conversation.request()
        await conversation.send(b"HTTP/1.0 200 OK\r\n\r\nas long ")
        await conversation.send_slowly(b"as it lasts", 3)

    async with pool_before(behave) as (pool, _):
        assert await answer_to(pool, get()) == (200, b"as long as it lasts")
        assert repr(pool) == "0 active, 0 idle, 0 waiting"


async def test_an_event_stream_comes_event_by_event():
    taken = asyncio.Event()

    async def behave(conversation):
        await conversation.request()
        await conversation.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for number in range(3):
            await conversation.send(b"9\r\ndata: %d\n\n\r\n" % number)
            await taken.wait()
            taken.clear()
        await conversation.send(b"0\r\n\r\n")
        await conversation.gone()

    async with pool_before(behave) as (pool, _):
        response = await pool.send(get())
        events = []
        async for event in response.body():
            events.append(event)
            taken.set()
        assert events == [b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n"]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
async def test_head_has_no_body_and_keeps_its_connection(method):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + (b"" if method == "HEAD" else b"hello")
    async with pool_before(answering(answer, OK)) as (pool, backend):
        response = await pool.send(get(method=method))
        assert response.content_length == 5
        assert response.whole == (b"" if method == "HEAD" else b"hello")
        assert await answer_to(pool, get()) == (200, b"ok")
        assert backend.connections == 1


async def test_closing_an_answer_that_has_not_ended_drops_its_connection_and_may_be_done_twice():
    async with pool_before() as (pool, backend):
        response = await pool.send(get(b"/?misbehave=stall"))
        await response.aclose()
        await response.aclose()
        assert repr(pool) == "0 active, 0 idle, 0 waiting"
        await backend.until(lambda: backend.closed == 1)
        with pytest.raises(Reset):  # what was not read is not a clean end
            await rest_of(response)


async def test_closing_an_answer_late_does_not_touch_the_connections_next_exchange():
    async with pool_before(always_ok) as (pool, _):
        first = await pool.send(get())
        held = pool.take_idle()
        assert held is not None
        await first.aclose()
        assert held.phase.name == "IDLE"
        held.abort()


# Giving up.


@pytest.mark.parametrize("moment", ["connecting", "waiting for the head", "reading the body", "sending the body"])
async def test_a_request_that_is_cancelled_leaves_nothing_behind(moment):
    async def sending_forever():
        yield b"begun"
        await asyncio.Event().wait()

    async with pool_before() as (pool, backend):
        task = asyncio.create_task(
            {
                "connecting": lambda: answer_to(pool, get()),
                "waiting for the head": lambda: answer_to(pool, get(b"/?misbehave=silence")),
                "reading the body": lambda: answer_to(pool, get(b"/?misbehave=stall")),
                "sending the body": lambda: answer_to(pool, post(), sending_forever()),
            }[moment]()
        )
        if moment == "connecting":
            await asyncio.sleep(0)
            assert repr(pool) == "1 active, 0 idle, 0 waiting"
        else:
            await backend.until(lambda: bool(backend.seen))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert repr(pool) == "0 active, 0 idle, 0 waiting"
        if moment != "connecting":
            await backend.until(lambda: backend.closed == 1)  # the backend hears of it


async def test_five_hundred_random_aborts_leave_the_pool_as_it_was():
    seed = time.time_ns()
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)
    behaviours = ["", "?misbehave=drip", "?misbehave=stall", "?misbehave=silence", "?misbehave=reset-in-body", "?misbehave=extra-bytes"]  # fmt: skip

    async def slowly(*texts):
        for text in texts:
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            yield text

    async def ask(pool):
        target = b"/" + chance.choice(behaviours).encode()
        body = slowly(b"a", b"b", b"c") if chance.random() < 0.4 else None
        await answer_to(pool, post(target, length=3) if body else get(target), body)

    async def abort(task):
        for _ in range(chance.randrange(60)):
            await asyncio.sleep(0)
        task.cancel()

    async with pool_before(max_connections=8) as (pool, _):
        for _ in range(50):
            tasks = [asyncio.create_task(ask(pool)) for _ in range(10)]
            await asyncio.gather(*(abort(task) for task in tasks))
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(result, asyncio.CancelledError | UpstreamError | None) for result in results), results
            assert pool.counts()["active"] == pool.counts()["waiting"] == 0
        assert pool.counts()["idle"] <= 8
        # Every slot is there, and every answer is its own.
        answers = await asyncio.gather(*(answer_to(pool, get(b"/%d" % number)) for number in range(16)))
        assert answers == [(200, b"/%d" % number) for number in range(16)]


# TLS.


async def test_an_https_origin_is_spoken_to_by_tls_with_its_name_checked():
    async with RawBackend(always_ok, tls=server_context()) as backend:
        pool = UpstreamPool(Origin("https", "localhost", backend.port), PATIENT, tls=trusting_context())
        assert await answer_to(pool, get()) == (200, b"ok")
        assert await answer_to(pool, post(length=4), pieces(b"bo", b"dy")) == (200, b"ok")
        assert backend.connections == 1
        assert repr(pool) == "0 active, 1 idle, 0 waiting"
        await pool.close()


@pytest.mark.parametrize(("host", "tls"), [("127.0.0.1", trusting_context()), ("localhost", None)])
async def test_a_certificate_for_another_name_or_of_a_stranger_is_not_trusted(host, tls):
    async with RawBackend(always_ok, tls=server_context()) as backend:
        pool = UpstreamPool(Origin("https", host, backend.port), PATIENT, tls=tls)
        with pytest.raises(Unreachable, match="certificate"):
            await pool.send(get())
        assert repr(pool) == "0 active, 0 idle, 0 waiting"
        assert backend.seen == []
