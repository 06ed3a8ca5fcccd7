"""A history: several processes that charge the same buckets at once, each as a gateway does, and what they were answered."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvloop

from gateway.limits.bucket import BucketRule
from gateway.limits.limiter import Charge
from gateway.limits.redis.address import RedisAddress
from gateway.limits.redis.open import open_redis
from tests.oracle.judge import Answered

if TYPE_CHECKING:
    from gateway.limits.limiter import Limiter

WAIT_S = 300
SOLD = ((100, 100), (200, 20), (333, 50), (500, 1), (1000, 250), (50, 400), (25, 5))
"""Rates a second and bursts; buckets have them in turn."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is charged, by how many. `at_once` is how many charges each process has under way."""

    url: str
    charges: int
    buckets: int
    processes: int
    at_once: int = 32

    def rule(self, bucket: int) -> BucketRule:
        rate, burst = SOLD[bucket % len(SOLD)]
        interval_us = 1_000_000 // rate
        return BucketRule(burst, interval_us, burst * interval_us)


def make_history(load: Load) -> dict[int, list[Answered]]:
    """Every charge of the load, by bucket."""
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(load.processes), context.Queue()
    processes = [
        context.Process(target=_charge_all, args=(load, number, start, answers)) for number in range(load.processes)
    ]
    for process in processes:
        process.start()
    together: dict[int, list[Answered]] = defaultdict(list)
    for _ in processes:
        for bucket, *answer in answers.get(timeout=WAIT_S):
            together[bucket].append(Answered(*answer))
    for process in processes:
        process.join(WAIT_S)
    return together


def _charge_all(load: Load, number: int, start, answers) -> None:
    answers.put(uvloop.run(_one_process(load, number, start)))


async def _one_process(load: Load, number: int, start) -> list[tuple[int, int, int, bool]]:
    limiter = open_redis(RedisAddress.parse(load.url), prefix="oracle:", timeout_s=5)
    await limiter.probe()
    start.wait(WAIT_S)
    found: list[tuple[int, int, int, bool]] = []
    share = load.charges // load.processes // load.at_once
    await asyncio.gather(
        *(_ask(limiter, load, random.Random(f"{number} {one}"), share, found) for one in range(load.at_once))
    )
    await limiter.close()
    return found


async def _ask(
    limiter: Limiter, load: Load, dice: random.Random, charges: int, found: list[tuple[int, int, int, bool]]
) -> None:
    """One client: its next charge follows the last answer."""
    for _ in range(charges):
        bucket = dice.randrange(load.buckets)
        sent_us = time.monotonic_ns() // 1000
        decision = await limiter.charge(Charge(f"b{bucket}", load.rule(bucket)))
        # a microsecond begun counts
        found.append((bucket, sent_us, time.monotonic_ns() // 1000 + 1, decision.allowed))
