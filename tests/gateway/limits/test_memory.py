"""The limiter in the process: never suspends, stays small, shares with other workers. Its rules: tests/contract."""

from __future__ import annotations

import pytest

from gateway.limits.bucket import BucketRule
from gateway.limits.limiter import Charge
from gateway.limits.memory import RULES_KEPT, MemoryLimiter, monotonic_us
from keys import Limit
from tests.gateway.limits.clock import FakeClock

SECOND = 1_000_000
TEN_A_SECOND = BucketRule.of(Limit(count=10, period_s=1, burst=100))


def finish_at_once(coroutine):
    """Runs a coroutine that must not suspend, without an event loop."""
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    return stop.value.value


def test_a_charge_completes_without_suspending():
    limiter = MemoryLimiter()
    assert finish_at_once(limiter.charge(Charge("a", TEN_A_SECOND))).remaining == 99
    assert finish_at_once(limiter.peek(Charge("a", TEN_A_SECOND))).remaining == 99


def test_the_default_clock_is_monotonic_in_microseconds():
    before = monotonic_us()
    limiter = MemoryLimiter()
    decision = limiter.charge_now(Charge("a", TEN_A_SECOND))
    assert before <= decision.tat_us - decision.reset_after_us <= monotonic_us()


def test_full_buckets_are_dropped_as_others_come():
    clock = FakeClock()
    limiter = MemoryLimiter(clock_us=clock)
    for number in range(1000):
        limiter.charge_now(Charge(f"flood {number}", TEN_A_SECOND))
    assert len(limiter) == 1000
    clock.advance(SECOND)
    for number in range(500):
        limiter.charge_now(Charge(f"later {number}", TEN_A_SECOND))
    assert len(limiter) == 500


def test_an_endless_flood_of_addresses_keeps_at_most_twice_the_live_buckets():
    # One request every 100 us, each from a new address whose bucket is full again after 100 ms: 1,000 are live.
    clock = FakeClock()
    limiter = MemoryLimiter(clock_us=clock)
    largest = 0
    for number in range(20_000):
        clock.advance(100)
        limiter.charge_now(Charge(f"address {number}", TEN_A_SECOND))
        largest = max(largest, len(limiter))
    assert largest <= 2000 + 2


def test_a_bucket_in_use_outlives_the_flood_around_it():
    clock = FakeClock()
    limiter = MemoryLimiter(clock_us=clock)
    hourly = BucketRule.of(Limit(100, 3600, 100))
    limiter.charge_now(Charge("key", hourly, 70))
    for number in range(5000):
        clock.advance(100)
        limiter.charge_now(Charge(f"address {number}", TEN_A_SECOND))
    assert limiter.peek_now(Charge("key", hourly)).remaining == 30


def test_a_bucket_that_was_dropped_and_comes_back_is_full():
    clock = FakeClock()
    limiter = MemoryLimiter(clock_us=clock)
    limiter.charge_now(Charge("a", TEN_A_SECOND, 100))
    clock.advance(10 * SECOND)
    limiter.charge_now(Charge("b", TEN_A_SECOND))
    assert len(limiter) == 1
    assert limiter.charge_now(Charge("a", TEN_A_SECOND, 100)).allowed


def test_looking_and_being_refused_keep_no_bucket():
    limiter = MemoryLimiter()
    limiter.peek_now(Charge("a", TEN_A_SECOND))
    limiter.charge_now(Charge("b", TEN_A_SECOND, 101))
    limiter.charge_now(Charge("c", TEN_A_SECOND, 0))
    assert len(limiter) == 0


def test_workers_together_admit_no_more_than_the_limit():
    clock = FakeClock()
    workers = [MemoryLimiter(share=4, clock_us=clock) for _ in range(4)]
    rule = BucketRule.of(Limit(count=100, period_s=3600, burst=100))
    admitted = sum(worker.charge_now(Charge("key", rule)).allowed for worker in workers for _ in range(100))
    assert admitted == 100
    clock.advance(36 * SECOND)
    assert not any(worker.charge_now(Charge("key", rule)).allowed for worker in workers)
    clock.advance(3 * 36 * SECOND)
    assert sum(worker.charge_now(Charge("key", rule)).allowed for worker in workers for _ in range(5)) == 4


def test_rules_already_shared_are_bounded():
    limiter = MemoryLimiter(share=2)
    for count in range(1, RULES_KEPT + 10):
        limiter.charge_now(Charge("key", BucketRule.of(Limit(count, 3600, 2))))
    assert len(limiter._shares) <= RULES_KEPT


def test_a_share_of_none_is_refused():
    with pytest.raises(ValueError, match="at least 1, not 0"):
        MemoryLimiter(share=0)


def test_a_share_goes_on_from_what_was_seen_of_the_whole():
    clock = FakeClock()
    rule = BucketRule.of(Limit(count=100, period_s=3600, burst=100))
    whole, node = MemoryLimiter(clock_us=clock), MemoryLimiter(share=4, clock_us=clock)
    node.note("key", whole.charge_now(Charge("key", rule, 60)).reset_after_us)
    assert node.peek_now(Charge("key", rule)).remaining == 10
    node.note("key", 0)
    assert node.peek_now(Charge("key", rule)).remaining == 25


def test_a_full_bucket_that_was_seen_is_not_kept():
    limiter = MemoryLimiter()
    limiter.note("key", 0)
    assert len(limiter) == 0
