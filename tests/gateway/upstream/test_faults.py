"""Every way in which a backend can fail (SECURITY.md F1 to F3), by the table of `tests/fakes/raw_backend.py`."""

from __future__ import annotations

import pytest

from gateway.problems import Reason
from gateway.upstream import ProtocolFault, Reset, TimedOut, UpstreamError
from tests.fakes.raw_backend import ANSWERED, BROKEN_OFF, INVALID, NO_ANSWER
from tests.gateway.upstream.conftest import answer_to, get, pieces, pool_before, post, until


def target(name: str) -> bytes:
    return b"/?misbehave=" + name.encode()


async def assert_next_is_clean(pool) -> None:
    """Whatever came before: the next request gets its own answer."""
    assert await answer_to(pool, get(b"/next")) == (200, b"/next")


@pytest.mark.parametrize("name", sorted(INVALID))
async def test_an_invalid_answer_is_a_protocol_fault(name):
    async with pool_before() as (pool, backend):
        with pytest.raises(ProtocolFault) as caught:
            await pool.send(get(target(name)))
        assert caught.value.reason is Reason.UPSTREAM_PROTOCOL
        assert repr(pool) == "0 active, 0 idle, 0 waiting"
        await assert_next_is_clean(pool)
        assert backend.connections == 2


@pytest.mark.parametrize("name", sorted(NO_ANSWER - {"silence"}))
async def test_no_answer_is_a_reset(name):
    async with pool_before() as (pool, backend):
        with pytest.raises(Reset) as caught:
            await pool.send(get(target(name)))
        assert caught.value.reason is Reason.UPSTREAM_RESET
        assert repr(pool) == "0 active, 0 idle, 0 waiting"
        await assert_next_is_clean(pool)
        assert backend.connections == 2


async def test_silence_is_a_timeout():
    async with pool_before(first_byte_timeout_s=0.2) as (pool, backend):
        with pytest.raises(TimedOut, match="first byte") as caught:
            await pool.send(get(target("silence")))
        assert caught.value.reason is Reason.UPSTREAM_TIMEOUT
        assert repr(pool) == "0 active, 0 idle, 0 waiting"
        await backend.until(lambda: backend.closed == 1)
        await assert_next_is_clean(pool)


async def test_a_head_that_stops_half_way_is_a_timeout():
    async def behave(conversation):
        await conversation.request()
        await conversation.send(b"HTTP/1.1 200 OK\r\nContent-")
        await conversation.gone()

    async with pool_before(behave, idle_timeout_s=0.2) as (pool, _):
        with pytest.raises(TimedOut, match="further byte"):
            await pool.send(get())


@pytest.mark.parametrize("name", sorted(BROKEN_OFF))
async def test_a_body_that_breaks_off_is_never_shown_as_whole(name):
    async with pool_before(idle_timeout_s=0.2) as (pool, backend):
        with pytest.raises((Reset, TimedOut)) as caught:
            await answer_to(pool, get(target(name)))
        assert isinstance(caught.value, TimedOut) == (name == "stall")
        assert repr(pool) == "0 active, 0 idle, 0 waiting"
        await assert_next_is_clean(pool)
        assert backend.connections == 2


@pytest.mark.parametrize("name", sorted(ANSWERED - {"drip", "early"}))
async def test_a_good_answer_on_a_dirty_connection_is_given_and_the_connection_dropped(name):
    async with pool_before() as (pool, backend):
        status, body = await answer_to(pool, get(target(name)))
        assert (status, body) in [(200, b"ok"), (204, b"")]
        await backend.until(lambda: backend.closed == 1)
        await assert_next_is_clean(pool)


async def test_an_answer_byte_by_byte_is_an_answer():
    async with pool_before() as (pool, backend):
        assert await answer_to(pool, get(target("drip"))) == (200, b"drip")
        await assert_next_is_clean(pool)
        assert backend.connections == 1


async def test_bytes_that_come_late_after_an_answer_never_reach_the_next_request():
    """The answer ends, the connection is clean and idle; what comes then belongs to nobody."""

    async def behave(conversation):
        await conversation.request()
        await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await conversation.send_slowly(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsmuggled!")
        await conversation.gone()

    async with pool_before(behave) as (pool, backend):
        for _ in range(3):
            assert await answer_to(pool, get()) == (200, b"ok")
            await until(lambda: repr(pool) == "0 active, 0 idle, 0 waiting")
        assert backend.connections == 3


@pytest.mark.parametrize("name", sorted({*INVALID, *NO_ANSWER, *BROKEN_OFF}))
async def test_a_post_reaches_a_misbehaving_backend_once(name):
    async with pool_before(first_byte_timeout_s=0.2, idle_timeout_s=0.2) as (pool, backend):
        await answer_to(pool, get(b"/first"))  # the POST meets a reused connection
        with pytest.raises(UpstreamError):
            await answer_to(pool, post(target(name), length=4), pieces(b"bo", b"dy"))
        assert [seen.method for seen in backend.seen] == [b"GET", b"POST"]
        assert backend.seen[1].body == b"body"


async def test_more_than_asked_for_is_a_protocol_fault():
    async with pool_before() as (pool, _):
        response = await pool.send(get(b"/0123456789"))
        with pytest.raises(ProtocolFault, match="more than 10 bytes"):
            await response.read(10)
