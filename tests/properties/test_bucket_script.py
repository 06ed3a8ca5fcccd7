"""The script in a real Redis against the arithmetic in Python: after any history both find and decide the same."""

from __future__ import annotations

from contextlib import closing

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.limits.bucket import MAX_TOLERANCE_US, BucketRule, decide
from gateway.limits.limiter import Charge
from gateway.limits.redis.script import CHARGE, ChargeCall
from keys import Limit
from tests.timed_redis import TIMED, RedisClock

DAY_US = 86_400_000_000
BUCKETS = ("4:key:a", "4:key:b", "7:{tag}\u00fc")
rules = st.builds(
    lambda count, period_s, burst: BucketRule.of(Limit(count, period_s, burst)),
    st.integers(1, 10**9),
    st.sampled_from([1, 60, 3600, 86_400]),
    st.integers(1, 10**9) | st.integers(1, 20),
) | st.just(BucketRule(1, MAX_TOLERANCE_US, MAX_TOLERANCE_US))
charges = st.builds(Charge, st.sampled_from(BUCKETS), rules, st.integers(0, 10**6) | st.integers(0, 3))
turns = st.lists(st.tuples(st.integers(-DAY_US, 7 * DAY_US) | st.integers(0, 3), st.lists(charges, min_size=1)))


@pytest.fixture(scope="module")
def clock(redis_server):
    with closing(RedisClock(redis_server.port)) as clock:
        yield clock


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns)
def test_both_decide_alike_whatever_the_clock_and_the_rules_do(redis_server, clock, turns):
    with redis.Redis(port=redis_server.port) as client:
        client.delete(*(f"t:{bucket}" for bucket in BUCKETS))
        tats = dict.fromkeys(BUCKETS)
        for step_us, asked in turns:
            clock.advance(step_us)
            call = ChargeCall(TIMED, "t:", b"tag", asked)
            decided = call.read(client.execute_command(*call.command(with_text=True)))
            for charge, decision in zip(asked, decided, strict=True):
                bucket, rule, cost = charge
                assert decision == decide(rule, tats[bucket], clock.now_us, cost)
                if cost and decision.reset_after_us:  # a full bucket is not kept
                    tats[bucket] = decision.tat_us


def test_a_bucket_is_kept_as_long_as_it_is_not_full_and_no_longer(redis_server):
    with redis.Redis(port=redis_server.port) as client:
        client.delete("t:k")
        rule = BucketRule.of(Limit(100, 3600, 100))
        client.execute_command(*ChargeCall(CHARGE, "t:", b"1", [Charge("k", rule, 2)]).command(with_text=True))
        assert 71_000 < client.pttl("t:k") <= 72_000
        client.execute_command(
            *ChargeCall(CHARGE, "t:", b"2", [Charge("l", rule, 0), Charge("m", rule, 101)]).command(with_text=True)
        )
        assert client.exists("t:l", "t:m") == 0


def test_a_refusal_writes_nothing(redis_server, clock):
    with redis.Redis(port=redis_server.port) as client:
        rule = BucketRule.of(Limit(100, 3600, 100))
        fill, refused = (ChargeCall(TIMED, "t:", b"1", [Charge("n", rule, cost)]) for cost in (100, 1))
        client.execute_command(*fill.command(with_text=True))
        client.config_set("notify-keyspace-events", "KEA")
        with client.pubsub() as events:
            events.psubscribe("__key*__:*")
            events.get_message(timeout=5)
            assert not refused.read(client.execute_command(*refused.command(with_text=True)))[0].allowed
            client.set("t:end", 1)
            assert events.get_message(timeout=5)["channel"].endswith(b":t:end")
        client.config_set("notify-keyspace-events", "")
