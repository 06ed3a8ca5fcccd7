"""Nobody ever gets another's answer: replies that come late, wrong, in halves, twice or not at all."""

from __future__ import annotations

import asyncio
import random

import pytest

from gateway.limits.bucket import BucketRule
from gateway.limits.limiter import Charge, LimiterFailed
from gateway.limits.redis.address import RedisAddress
from gateway.limits.redis.open import open_redis
from keys import Limit
from tests.fakes.raw_redis import RawRedis, decided, tag_of

HOURLY = BucketRule.of(Limit(count=100, period_s=3600, burst=100))


def limiter_at(url, timeout_s=2.0):
    return open_redis(RedisAddress.parse(url), prefix="t:", timeout_s=timeout_s)


async def a_caller(limiter, charge):
    return await limiter.charge(charge)


def saying(reply):
    """Answers every command with the same bytes, `TAG` in them standing for the call's own."""

    async def answer(command, writer):
        tag = tag_of(command)
        writer.write(reply.replace(b"$3\r\nTAG", b"$%d\r\n%b" % (len(tag), tag)))

    return answer


WRONG = {
    "another-calls-tag": (decided(b"999", 0), "garbled"),
    "no-tag": (b"*2\r\n:1785000000000000\r\n:0\r\n", "garbled"),
    "too-few": (decided(b"TAG"), "garbled"),
    "too-many": (decided(b"TAG", 0, 0), "garbled"),
    "no-number": (b"*3\r\n$3\r\nTAG\r\n:1785000000000000\r\n$1\r\nx\r\n", "garbled"),
    "no-list": (b"+OK\r\n", "garbled"),
    "nothing": (b"$-1\r\n", "garbled"),
    "no-redis": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "garbled"),
    "loading": (b"-LOADING Redis is loading the dataset in memory\r\n", "loading"),
    "replica-without-primary": (b"-MASTERDOWN Link with MASTER is down\r\n", "no_primary"),
    "cluster-down": (b"-CLUSTERDOWN Hash slot not served\r\n", "no_primary"),
    "busy": (b"-BUSY Redis is busy running a script\r\n", "error"),
    "full": (b"-OOM command not allowed when used memory > 'maxmemory'.\r\n", "full"),
    "script-for-ever-unknown": (b"-NOSCRIPT No matching script\r\n", "script_unknown"),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_wrong_reply_is_nobodys_and_its_connection_is_not_used_again(wrong):
    reply, cause = WRONG[wrong]
    async with RawRedis.answering(saying(reply)) as fake:
        limiter = limiter_at(fake.url)
        with pytest.raises(LimiterFailed, match=cause):
            await limiter.charge(Charge("a", HOURLY))
        await asyncio.wait_for(fake.closed.wait(), 10)
        before = fake.connections
        fake.answer = saying(decided(b"TAG", 0))
        assert (await limiter.charge(Charge("a", HOURLY))).remaining == 99
        assert fake.connections == before + 1
        await limiter.close()


async def test_a_late_reply_reaches_nobody():
    held = []

    async def hold(command, writer):
        held.append((tag_of(command), writer))

    async with RawRedis.answering(hold) as fake:
        limiter = limiter_at(fake.url, timeout_s=0.05)
        with pytest.raises(LimiterFailed, match="late"):
            await limiter.charge(Charge("a", HOURLY))
        tag, writer = held[0]
        writer.write(decided(tag, 40 * HOURLY.interval_us))  # what was asked of "a"
        fake.answer = saying(decided(b"TAG", 0))
        assert (await limiter.charge(Charge("b", HOURLY))).remaining == 99
        await limiter.close()


async def test_a_reply_in_halves_and_a_connection_cut_in_it():
    async def half(command, writer):
        writer.write(decided(tag_of(command), 0)[:-4])
        await writer.drain()
        writer.close()

    async with RawRedis.answering(half) as fake:
        limiter = limiter_at(fake.url)
        with pytest.raises(LimiterFailed, match="unreachable"):
            await limiter.charge(Charge("a", HOURLY))
        await limiter.close()


async def test_two_replies_for_one_spoil_the_connection_for_the_next_only_once():
    async def twice(command, writer):
        writer.write(decided(tag_of(command), 0) * 2)

    async with RawRedis.answering(twice) as fake:
        limiter = limiter_at(fake.url)
        assert (await limiter.charge(Charge("a", HOURLY))).remaining == 99
        with pytest.raises(LimiterFailed, match="garbled"):
            await limiter.charge(Charge("b", HOURLY))
        assert (await limiter.charge(Charge("c", HOURLY))).remaining == 99
        await limiter.close()


async def test_a_call_that_is_given_up_at_the_end_leaves_no_caller_waiting():
    asked = asyncio.Event()

    async def never(command, writer):
        asked.set()

    async with RawRedis.answering(never) as fake:
        limiter = limiter_at(fake.url, timeout_s=60)
        waiting = asyncio.create_task(a_caller(limiter, Charge("a", HOURLY)))
        await asked.wait()
        await limiter.close()
        with pytest.raises(LimiterFailed):
            await waiting


async def test_callers_that_go_away_change_nobodys_answer(redis_server):
    """Each bucket has a burst of its own, so that an answer shows whose it is."""
    redis_server.ask("FLUSHALL")
    limiter = limiter_at(redis_server.url)
    dice = random.Random(7)
    asked = {}
    for number in range(3000):
        burst = 1000 + number
        rule = BucketRule.of(Limit(burst, 3600, burst))
        asked[burst] = asyncio.create_task(a_caller(limiter, Charge(f"k{burst}", rule)))
        if dice.random() < 0.3:
            asked[dice.choice(list(asked)[-50:])].cancel()
        if dice.random() < 0.2:
            await asyncio.sleep(0)
    answers = await asyncio.gather(*asked.values(), return_exceptions=True)
    given = {
        burst: answer for burst, answer in zip(asked, answers, strict=True) if not isinstance(answer, BaseException)
    }
    assert 1500 < len(given) < 3000
    assert all(answer.remaining == burst - 1 for burst, answer in given.items())
    assert all(isinstance(one, asyncio.CancelledError) for one in answers if isinstance(one, BaseException))
    await limiter.close()


async def test_a_charge_cancelled_before_its_turn_ends_is_not_charged(redis_server):
    redis_server.ask("FLUSHALL")
    limiter = limiter_at(redis_server.url)
    gone, stays = (asyncio.create_task(a_caller(limiter, Charge("a", HOURLY))) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).remaining == 99
    assert (limiter.turns.calls, limiter.turns.questions) == (1, 1)
    await limiter.close()


async def test_all_charges_of_a_turn_are_one_call(redis_server):
    redis_server.ask("FLUSHALL")
    limiter = limiter_at(redis_server.url)
    decisions = await asyncio.gather(*(limiter.charge(Charge("a", HOURLY)) for _ in range(200)))
    assert (limiter.turns.calls, limiter.turns.questions) == (1, 200)
    assert [decision.remaining for decision in decisions[:100]] == list(range(99, -1, -1))
    assert not any(decision.allowed for decision in decisions[100:])
    await limiter.close()
