"""What any limiter must do, in the process and in Redis alike; all time is a fake clock's."""

from __future__ import annotations

import asyncio

import pytest

from gateway.limits.bucket import BucketRule
from gateway.limits.limiter import Charge
from gateway.limits.memory import MemoryLimiter
from gateway.limits.redis.address import RedisAddress
from gateway.limits.redis.open import open_redis
from keys import Limit
from tests.gateway.limits.clock import FakeClock
from tests.timed_redis import TIMED, RedisClock

SECOND = 1_000_000
HOURLY = BucketRule.of(Limit(count=100, period_s=3600, burst=100))
TEN_A_SECOND = BucketRule.of(Limit(count=10, period_s=1, burst=10))


@pytest.fixture(params=["memory", "redis"])
def clock(request):
    if request.param == "memory":
        yield FakeClock()
        return
    clock = RedisClock(request.getfixturevalue("redis_server").port)
    yield clock
    clock.close()


@pytest.fixture
async def limiter(request, clock):
    if not isinstance(clock, RedisClock):
        yield MemoryLimiter(clock_us=clock)
        return
    address = RedisAddress.parse(request.getfixturevalue("redis_server").url)
    redis = open_redis(address, prefix="t:", timeout_s=5, script=TIMED)
    yield redis
    await redis.close()


async def test_a_bucket_never_seen_is_full(limiter):
    decision = await limiter.peek(Charge("a", HOURLY))
    assert (decision.allowed, decision.remaining, decision.reset_after_us) == (True, 100, 0)


async def test_each_charge_takes_its_cost(limiter):
    assert (await limiter.charge(Charge("a", HOURLY))).remaining == 99
    assert (await limiter.charge(Charge("a", HOURLY, 9))).remaining == 90
    assert (await limiter.charge(Charge("a", HOURLY, 0))).remaining == 90


async def test_looking_takes_nothing_whatever_the_cost(limiter):
    await limiter.charge(Charge("a", HOURLY, 40))
    for _ in range(3):
        decision = await limiter.peek(Charge("a", HOURLY, 1000))
        assert (decision.allowed, decision.remaining) == (True, 60)


async def test_buckets_do_not_touch_each_other(limiter):
    await limiter.charge(Charge("a", HOURLY, 100))
    assert not (await limiter.charge(Charge("a", HOURLY))).allowed
    assert (await limiter.charge(Charge("b", HOURLY))).remaining == 99


async def test_an_empty_bucket_refuses_until_the_moment_it_told(limiter, clock):
    await limiter.charge(Charge("a", HOURLY, 100))
    refused = await limiter.charge(Charge("a", HOURLY))
    assert (refused.allowed, refused.retry_after_us) == (False, 36 * SECOND)
    clock.advance(refused.retry_after_us - 1)
    assert not (await limiter.charge(Charge("a", HOURLY))).allowed
    clock.advance(1)
    assert (await limiter.charge(Charge("a", HOURLY))).allowed
    assert not (await limiter.charge(Charge("a", HOURLY))).allowed


async def test_a_refused_charge_costs_nothing(limiter):
    await limiter.charge(Charge("a", HOURLY, 95))
    for _ in range(10):
        assert not (await limiter.charge(Charge("a", HOURLY, 6))).allowed
    assert (await limiter.charge(Charge("a", HOURLY, 5))).allowed


async def test_a_cost_over_the_burst_is_refused_for_ever(limiter):
    decision = await limiter.charge(Charge("a", HOURLY, 101))
    assert (decision.allowed, decision.retry_after_us, decision.remaining) == (False, None, 100)


async def test_a_full_bucket_holds_no_more_after_a_long_time(limiter, clock):
    await limiter.charge(Charge("a", HOURLY, 50))
    clock.advance(7 * 86_400 * SECOND)
    assert (await limiter.peek(Charge("a", HOURLY))).remaining == 100


async def test_a_changed_rule_clamps_the_bucket(limiter, clock):
    await limiter.charge(Charge("a", HOURLY, 100))
    clamped = await limiter.charge(Charge("a", TEN_A_SECOND))
    assert (clamped.allowed, clamped.retry_after_us) == (False, 100_000)
    clock.advance(100_000)
    assert (await limiter.charge(Charge("a", TEN_A_SECOND))).allowed


async def test_charges_at_once_admit_exactly_what_there_is(limiter):
    decisions = await asyncio.gather(*(limiter.charge(Charge("a", HOURLY)) for _ in range(300)))
    assert [decision.allowed for decision in decisions].count(True) == 100
    assert sorted({decision.remaining for decision in decisions}) == list(range(100))


async def test_any_window_admits_at_most_the_burst_and_the_rate(limiter, clock):
    admitted_at = []
    for _ in range(2000):
        clock.advance(7_001)  # some 143 a second ask for 10 a second
        if (await limiter.charge(Charge("a", TEN_A_SECOND))).allowed:
            admitted_at.append(clock.now_us)
    for first, begin_us in enumerate(admitted_at):
        for last in range(first, len(admitted_at)):
            assert (last - first + 1) <= 10 + (admitted_at[last] - begin_us) / 100_000
    seconds = 2000 * 7_001 / SECOND
    assert len(admitted_at) >= int(10 + 10 * seconds) - 1
