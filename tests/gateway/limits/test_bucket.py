"""The bucket's arithmetic, told as a dialogue with one bucket, and as tables of edges."""

from __future__ import annotations

import pytest

from gateway.limits.bucket import MAX_TOLERANCE_US, Basis, BucketRule, decide
from keys import Limit

SECOND = 1_000_000
HOURLY = BucketRule.of(Limit(count=100, period_s=3600, burst=100))
NOW = 1_785_000_000_000_000


@pytest.mark.parametrize(
    ("limit", "interval_us", "tolerance_us"),
    [
        (Limit(100, 3600, 100), 36 * SECOND, 3600 * SECOND),
        (Limit(1000, 3600, 1000), 3_600_000, 3600 * SECOND),
        (Limit(10_000, 3600, 10_000), 360_000, 3600 * SECOND),
        (Limit(10, 1, 100), 100_000, 10 * SECOND),
        (Limit(3, 1, 3), 333_334, 1_000_002),  # rounded up: never more than was sold
        (Limit(999, 1, 999), 1002, 1_000_998),
        (Limit(5_000_000, 1, 10), 1, 10),  # a million a second is the most that microseconds can tell
        (Limit(1, 86_400, 10**9), 86_400 * SECOND, MAX_TOLERANCE_US // (86_400 * SECOND) * 86_400 * SECOND),
    ],
)
def test_a_rule_is_a_limit_in_whole_microseconds(limit, interval_us, tolerance_us):
    rule = BucketRule.of(limit)
    assert (rule.interval_us, rule.tolerance_us) == (interval_us, tolerance_us)
    assert rule.burst * rule.interval_us == rule.tolerance_us


def test_the_life_of_one_bucket():
    # The first request finds the bucket full, and pays with one of a hundred.
    first = decide(HOURLY, None, NOW, 1)
    assert first == (True, 99, 0, 36 * SECOND, 36 * SECOND, NOW + 36 * SECOND, Basis.BUCKET)
    # All the others at once, but one more than there are: it is told when the next is due.
    last = decide(HOURLY, first.tat_us, NOW, 99)
    assert (last.allowed, last.remaining, last.reset_after_us) == (True, 0, 3600 * SECOND)
    refused = decide(HOURLY, last.tat_us, NOW, 1)
    assert (refused.allowed, refused.remaining, refused.retry_after_us) == (False, 0, 36 * SECOND)
    # Being refused cost nothing.
    assert refused.tat_us == last.tat_us
    # Let's come a moment too early, and then be exactly as patient as we were told to be.
    early = decide(HOURLY, refused.tat_us, NOW + 36 * SECOND - 1, 1)
    assert (early.allowed, early.retry_after_us) == (False, 1)
    assert decide(HOURLY, early.tat_us, NOW + 36 * SECOND, 1).allowed
    # After a quiet hour it is full again, and as if it had never been used.
    assert decide(HOURLY, last.tat_us, NOW + 3600 * SECOND, 1)[:5] == first[:5]


def test_cost_0_looks_and_spends_nothing():
    used = decide(HOURLY, None, NOW, 40)
    looked = decide(HOURLY, used.tat_us, NOW, 0)
    assert (looked.allowed, looked.remaining, looked.tat_us) == (True, 60, used.tat_us)
    assert decide(HOURLY, None, NOW, 0) == (True, 100, 0, 0, 36 * SECOND, NOW, Basis.BUCKET)


def test_a_cost_over_the_burst_is_never_admitted_and_says_so():
    decision = decide(HOURLY, None, NOW, 101)
    assert (decision.allowed, decision.remaining, decision.retry_after_us) == (False, 100, None)


def test_a_cost_that_does_not_fit_is_refused_whole_and_smaller_ones_still_fit():
    used = decide(HOURLY, None, NOW, 95)
    refused = decide(HOURLY, used.tat_us, NOW, 10)
    assert (refused.allowed, refused.remaining, refused.retry_after_us) == (False, 5, 5 * 36 * SECOND)
    assert decide(HOURLY, refused.tat_us, NOW, 5).allowed


def test_a_negative_cost_is_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="negative, not -1"):
        decide(HOURLY, None, NOW, -1)


def test_part_of_a_token_is_none():
    used = decide(HOURLY, None, NOW, 100)
    looked = decide(HOURLY, used.tat_us, NOW + 71 * SECOND, 0)
    assert (looked.remaining, looked.refill_after_us) == (1, 1 * SECOND)


def test_a_clock_that_goes_back_gives_no_token():
    used = decide(HOURLY, None, NOW, 50)
    before = decide(HOURLY, used.tat_us, NOW - 600 * SECOND, 0)
    assert 0 <= before.remaining < used.remaining
    # Far back, the bucket is at worst empty, never less, and drains by the time that passes from there.
    far = decide(HOURLY, used.tat_us, NOW - 86_400 * SECOND, 1)
    assert (far.allowed, far.remaining, far.reset_after_us) == (False, 0, 3600 * SECOND)
    assert decide(HOURLY, far.tat_us, NOW - 86_400 * SECOND + 36 * SECOND, 1).allowed


def test_a_smaller_limit_clamps_what_is_left():
    spent = decide(HOURLY, None, NOW, 100)
    small = BucketRule.of(Limit(10, 1, 10))
    clamped = decide(small, spent.tat_us, NOW, 1)
    assert (clamped.allowed, clamped.remaining, clamped.retry_after_us) == (False, 0, 100_000)
    # The state was clamped as well: the wait that it told is the wait there is.
    assert decide(small, clamped.tat_us, NOW + 100_000, 1).allowed


def test_a_larger_limit_over_the_same_period_keeps_the_share_that_was_spent():
    half = decide(HOURLY, None, NOW, 50)
    assert decide(BucketRule.of(Limit(1000, 3600, 1000)), half.tat_us, NOW, 0).remaining == 500


@pytest.mark.parametrize("of", [1, 2, 3, 4, 100])
def test_shares_together_are_at_most_the_whole(of):
    part = HOURLY.share(of)
    assert part.burst == 100 // of
    assert part.interval_us == of * HOURLY.interval_us
    assert of * part.tolerance_us <= of * HOURLY.tolerance_us


def test_a_burst_smaller_than_the_shares_leaves_nothing():
    nothing = BucketRule.of(Limit(10, 1, 3)).share(4)
    assert nothing.burst == 0
    decision = decide(nothing, None, NOW, 1)
    assert (decision.allowed, decision.remaining, decision.retry_after_us) == (False, 0, None)


def test_the_greatest_numbers_are_exact_in_doubles():
    rule = BucketRule.of(Limit(1, 86_400 * 366, 10**9))
    year_2041_us = 2**51
    decision = decide(rule, None, year_2041_us, rule.burst)
    assert decision.allowed
    assert decision.tat_us < 2**53
    assert int(float(decision.tat_us)) == decision.tat_us
