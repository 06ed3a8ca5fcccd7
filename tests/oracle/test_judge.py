"""The judge on histories whose truth is known: what is wrong is found, what may be right is not called wrong."""

from __future__ import annotations

import random

import pytest

from gateway.limits.bucket import BucketRule, decide
from tests.oracle.judge import Answered, judge, most_over

SECOND = 1_000_000
TEN = BucketRule(10, 100_000, SECOND)


def at(second, *, allowed=True, took_us=0):
    sent_us = 1_000 * SECOND + round(second * SECOND)
    return Answered(sent_us, sent_us + took_us, allowed)


def simulated(rule, seconds, *, lag_us=0, spread_us=0):
    """One charge at each of these, decided by the bucket itself, somewhere between sending and answer."""
    dice, tat_us, history = random.Random(1), None, []
    for second in seconds:
        now_us = 1_000 * SECOND + round(second * SECOND)
        decision = decide(rule, tat_us, now_us, 1)
        tat_us = decision.tat_us
        sent_us = now_us - dice.randint(0, spread_us)
        history.append(Answered(sent_us, now_us + lag_us + dice.randint(0, spread_us), decision.allowed))
    return history


def test_a_burst_and_then_the_rate_is_right():
    history = [at(0) for _ in range(10)] + [at(number / 10) for number in range(1, 50)]
    verdict = judge(TEN, history)
    assert (verdict.admitted, verdict.over) == (59, 0)


@pytest.mark.parametrize("extra", [1, 3])
def test_more_than_a_burst_at_once_is_over(extra):
    assert judge(TEN, [at(0) for _ in range(10 + extra)]).over == extra


def test_a_burst_hidden_in_a_long_history_is_found():
    calm = [at(number) for number in range(100)]
    assert most_over(TEN, calm) == 0
    assert most_over(TEN, [*calm, *(at(50.5, took_us=1000) for _ in range(12))]) == 2


def test_two_limits_side_by_side_are_over():
    seconds = [number / 20 for number in range(200)]
    history = simulated(TEN, seconds) + simulated(TEN, seconds)
    assert judge(TEN, history).over > 50


def test_what_slow_answers_leave_open_is_not_held_against_anyone():
    assert most_over(TEN, [at(0, took_us=SECOND) for _ in range(20)]) == 0
    assert most_over(TEN, [at(0, took_us=SECOND) for _ in range(21)]) == 1


def test_a_refusal_of_a_full_bucket_is_wrong():
    verdict = judge(TEN, [at(0, allowed=False), at(1, allowed=True), at(2, allowed=False)])
    assert verdict.wrongly_refused == 2


def test_a_refusal_while_others_may_have_come_first_is_not():
    others = [at(0, took_us=SECOND) for _ in range(10)]
    assert judge(TEN, [*others, at(0.5, allowed=False)]).wrongly_refused == 0
    assert judge(TEN, [*others[1:], at(0.5, allowed=False)]).wrongly_refused == 1


@pytest.mark.parametrize("spread_us", [0, 300, 20_000])
def test_the_bucket_itself_is_found_right_however_answers_are_spread(spread_us):
    dice = random.Random(3)
    seconds = sorted(dice.uniform(0, 60) for _ in range(6_000))
    verdict = judge(TEN, simulated(TEN, seconds, spread_us=spread_us))
    assert (verdict.over, verdict.wrongly_refused) == (0, 0)
    assert verdict.refused > 5_000
    assert verdict.unused < 0.01


def test_a_limiter_that_sells_less_than_was_bought_is_seen():
    half = BucketRule(10, 200_000, 2 * SECOND)
    verdict = judge(TEN, simulated(half, [number / 100 for number in range(6_000)]))
    assert verdict.over == 0
    assert verdict.wrongly_refused > 2_000
    assert verdict.unused == pytest.approx(0.5, abs=0.02)
