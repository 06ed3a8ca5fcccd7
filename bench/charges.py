"""What a charge costs a gateway, by where buckets are: `python -m bench.charges`. CPU of this process alone, for each charge.

32 clients at once on one event loop, each with its own bucket; its next charge follows the last answer. Their own loop is
measured first, and taken off.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import uvloop

from gateway.limits.bucket import BucketRule
from gateway.limits.fleet import FleetLimiter
from gateway.limits.limiter import Charge, OnFailure
from gateway.limits.memory import MemoryLimiter
from gateway.limits.redis.address import RedisAddress
from gateway.limits.redis.open import open_redis
from keys import Limit
from tests.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.limits.limiter import Limiter
    from gateway.limits.redis.limiter import RedisLimiter

AT_ONCE = 32
CHARGES = 160_000
REPEATS = 5
GOAL_US = 6.0
RULE = BucketRule.of(Limit(10**6, 1, 10**6))


async def main() -> int:
    with RedisServer.started() as server:
        async with _redis(server) as redis:
            fleet = FleetLimiter(redis, MemoryLimiter(), OnFailure.LOCAL)
            print(f"{AT_ONCE} at once, {CHARGES} charges, best of {REPEATS}\n")
            print(f"{'buckets in':24} {'CPU us':>7} {'Redis CPU us':>13} {'charges/call':>13}")
            await _row("this process", MemoryLimiter(), server, redis)
            await _row("Redis", redis, server, redis)
            cost_us = await _row("Redis, watched (fleet)", fleet, server, redis)
    print(f"\ngoal: {GOAL_US} us of a gateway's CPU for each charge in Redis")
    return int(cost_us > GOAL_US)


@asynccontextmanager
async def _redis(server: RedisServer) -> AsyncIterator[RedisLimiter]:
    limiter = open_redis(RedisAddress.parse(server.url), prefix="bench:", timeout_s=5)
    await limiter.probe()
    yield limiter
    await limiter.close()


async def _row(name: str, limiter: Limiter, server: RedisServer, redis: RedisLimiter) -> float:
    empty_us = min([await _measure(None) for _ in range(REPEATS)])
    calls, charges, redis_s = redis.turns.calls, redis.turns.questions, _cpu_s(server)
    cost_us = min([await _measure(limiter) for _ in range(REPEATS)]) - empty_us
    calls, charges = redis.turns.calls - calls, redis.turns.questions - charges
    redis_us = (_cpu_s(server) - redis_s) / (REPEATS * CHARGES) * 1e6
    print(f"{name:24} {cost_us:>7.2f} {redis_us:>13.2f} {charges / calls if calls else 0:>13.1f}")
    return cost_us


async def _measure(limiter: Limiter | None) -> float:
    began_s = time.process_time()
    await asyncio.gather(*(_client(limiter, Charge(f"k{number}", RULE)) for number in range(AT_ONCE)))
    return (time.process_time() - began_s) / CHARGES * 1e6


async def _client(limiter: Limiter | None, charge: Charge) -> None:
    for _ in range(CHARGES // AT_ONCE):
        if limiter is not None:
            await limiter.charge(charge)


def _cpu_s(server: RedisServer) -> float:
    used = server.ask("INFO", "cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
