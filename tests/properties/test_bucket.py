"""The bucket against a model that is too naive to be wrong: tokens as exact fractions, added as time passes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from gateway.limits.bucket import BucketRule, decide
from keys import Limit

MICROSECONDS = 1_000_000
START = 1_785_000_000_000_000
DAY_US = 86_400 * MICROSECONDS

limits = st.builds(
    Limit,
    count=st.integers(1, 1000) | st.sampled_from([3, 7, 97, 999, 1000]),
    period_s=st.sampled_from([1, 60, 3600, 86_400]),
    burst=st.integers(1, 50),
)
costs = st.integers(0, 60) | st.just(1)
steps_forward = st.integers(0, 5_000) | st.integers(0, 10 * MICROSECONDS) | st.integers(0, DAY_US)
jumps = steps_forward | st.integers(-DAY_US, 0)


def asks(steps):
    """Requests, each some time after the one before and of some cost."""
    return st.lists(st.tuples(steps, costs), min_size=1, max_size=40)


@dataclass
class NaiveBucket:
    """Tokens that grow by `rate` a microsecond up to `burst`; a clock that goes back adds none and takes none."""

    rate: Fraction
    burst: int
    at_us: int = START

    def __post_init__(self):
        self.tokens = Fraction(self.burst)

    def move_to(self, now_us):
        self.tokens = min(Fraction(self.burst), self.tokens + self.rate * max(0, now_us - self.at_us))
        self.at_us = now_us


def exact_rate(limit):
    return Fraction(limit.count, limit.period_s * MICROSECONDS)


@given(limits, asks(steps_forward))
def test_while_time_goes_forward_it_decides_as_the_model(limit, requests):
    rule = BucketRule.of(limit)
    model = NaiveBucket(Fraction(1, rule.interval_us), limit.burst)
    now_us, tat_us = START, None
    for step_us, cost in requests:
        now_us += step_us
        model.move_to(now_us)
        decision = decide(rule, tat_us, now_us, cost)
        assert decision.allowed == (cost <= model.tokens)
        if decision.allowed:
            model.tokens -= cost
        assert decision.remaining == model.tokens // 1
        assert decision.reset_after_us == (limit.burst - model.tokens) / model.rate
        tat_us = decision.tat_us


@given(limits, asks(jumps))
def test_whatever_the_clock_does_it_never_has_more_than_the_model(limit, requests):
    rule = BucketRule.of(limit)
    model = NaiveBucket(exact_rate(limit), limit.burst)
    now_us, tat_us = START, None
    for step_us, cost in requests:
        now_us += step_us
        model.move_to(now_us)
        decision = decide(rule, tat_us, now_us, cost)
        if decision.allowed:
            model.tokens -= cost
        assert model.tokens >= decision.remaining >= 0
        assert 0 <= decision.reset_after_us <= rule.tolerance_us
        tat_us = decision.tat_us


@given(limits, asks(steps_forward))
def test_any_window_admits_at_most_the_burst_and_the_rate(limit, requests):
    rule, rate = BucketRule.of(limit), exact_rate(limit)
    now_us, tat_us = START, None
    admitted = []
    for step_us, cost in requests:
        now_us += step_us
        decision = decide(rule, tat_us, now_us, cost)
        tat_us = decision.tat_us
        if decision.allowed:
            admitted.append((now_us, cost))
    for first, (begin_us, _) in enumerate(admitted):
        for last in range(first, len(admitted)):
            end_us = admitted[last][0]
            assert sum(cost for _, cost in admitted[first : last + 1]) <= limit.burst + rate * (end_us - begin_us)


@given(limits, asks(steps_forward))
def test_waiting_as_long_as_told_is_enough_and_no_less_is(limit, requests):
    rule = BucketRule.of(limit)
    now_us, tat_us = START, None
    for step_us, cost in requests:
        now_us += step_us
        decision = decide(rule, tat_us, now_us, cost)
        tat_us = decision.tat_us
        if decision.retry_after_us is None:
            assert cost > limit.burst
        elif not decision.allowed:
            now_us += decision.retry_after_us
            assert not decide(rule, tat_us, now_us - 1, cost).allowed
            assert decide(rule, tat_us, now_us, cost).allowed
        more = decide(rule, tat_us, now_us, 0)
        assert decide(rule, tat_us, now_us + more.refill_after_us, 0).remaining == min(limit.burst, more.remaining + 1)
        assert decide(rule, tat_us, now_us + more.refill_after_us - 1, 0).remaining == more.remaining
        assert decide(rule, tat_us, now_us + more.reset_after_us, 0).remaining == limit.burst


@given(
    st.builds(
        Limit, count=st.integers(1, 1000 * 86_400), period_s=st.sampled_from([1, 60, 3600, 86_400]), burst=st.just(1)
    )
)
def test_up_to_a_thousand_a_second_less_than_a_thousandth_is_lost(limit):
    interval_us = BucketRule.of(limit).interval_us
    sold, given_away = exact_rate(limit), Fraction(1, interval_us)
    assert given_away <= sold
    if sold <= Fraction(1000, MICROSECONDS):
        assert (sold - given_away) / sold < Fraction(1, 1000)


@given(limits, limits, asks(jumps))
def test_a_changed_limit_never_finds_more_than_its_own_burst(before, after, requests):
    tat_us, now_us = None, START
    for turn, (step_us, cost) in enumerate(requests):
        now_us += step_us
        limit = after if turn % 2 else before
        decision = decide(BucketRule.of(limit), tat_us, now_us, cost)
        tat_us = decision.tat_us
        assert 0 <= decision.remaining <= limit.burst
        assert now_us <= tat_us <= now_us + BucketRule.of(limit).tolerance_us


@given(limits, st.integers(1, 64), asks(steps_forward))
def test_shares_admit_together_no_more_than_the_whole(limit, of, requests):
    whole, part = BucketRule.of(limit), BucketRule.of(limit).share(of)
    model = NaiveBucket(Fraction(1, whole.interval_us), limit.burst)
    now_us, tats = START, [None] * of
    for turn, (step_us, cost) in enumerate(requests):
        now_us += step_us
        model.move_to(now_us)
        for worker in {turn % of, 0, of - 1}:
            decision = decide(part, tats[worker], now_us, cost)
            tats[worker] = decision.tat_us
            model.tokens -= cost * decision.allowed
            assert model.tokens >= 0
