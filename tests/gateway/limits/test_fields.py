"""What responses say of a decision."""

from __future__ import annotations

import pytest

from gateway.limits.bucket import Basis, BucketRule, decide
from gateway.limits.fields import limit_fields, texts_of
from keys import Limit

SECOND = 1_000_000
STARTER = Limit(count=100, period_s=3600, burst=100)
NOW_S = 1_785_000_000.5


def fields(limit, *costs, plan="starter", after_us=0):
    """What the last of some requests at one moment is told, `after_us` later than those before it."""
    rule, tat_us, now_us = BucketRule.of(limit), None, 0
    for turn, cost in enumerate(costs, start=1):
        now_us += after_us if turn == len(costs) else 0
        decision = decide(rule, tat_us, now_us, cost)
        tat_us = decision.tat_us
    return limit_fields(texts_of(plan, limit), decision, NOW_S)


def test_an_admitted_request_is_told_what_is_left():
    assert fields(STARTER, 1) == (
        (b"x-ratelimit-limit", b"100"),
        (b"x-ratelimit-remaining", b"99"),
        (b"x-ratelimit-reset", b"1785000037"),  # 36 s after a half: rounded up
        (b"ratelimit-policy", b'"starter";q=100;w=3600'),
        (b"ratelimit", b'"starter";r=99;t=36'),
    )


@pytest.mark.parametrize(("basis", "degraded"), [(Basis.BUCKET, False), (Basis.SHARE, True), (Basis.NOTHING, True)])
def test_what_is_guessed_is_said_to_be(basis, degraded):
    decision = decide(BucketRule.of(STARTER), None, 0, 1)._replace(basis=basis)
    told = limit_fields(texts_of("starter", STARTER), decision, NOW_S)
    assert ((b"x-ratelimit-policy", b"degraded") in told) == degraded


def test_a_refused_request_is_told_when_to_come_back():
    told = dict(fields(STARTER, 100, 1, after_us=1_500_000))
    assert told[b"x-ratelimit-remaining"] == b"0"
    assert told[b"x-ratelimit-reset"] == b"1785003599"
    assert told[b"ratelimit"] == b'"starter";r=0;t=35'
    assert told[b"retry-after"] == b"35"


@pytest.mark.parametrize(("wait_us", "retry_after"), [(35_999_999, b"1"), (35_000_000, b"1"), (34_999_999, b"2")])
def test_retry_after_is_rounded_up_to_whole_seconds(wait_us, retry_after):
    assert dict(fields(STARTER, 100, 1, after_us=wait_us))[b"retry-after"] == retry_after


def test_retry_after_is_at_least_a_second():
    assert dict(fields(Limit(1000, 1, 10), 10, 1))[b"retry-after"] == b"1"


@pytest.mark.parametrize("spent", [0, 3, 10])
def test_retry_after_is_never_before_the_effective_window_ends(spent):
    told = dict(fields(Limit(10, 60, 10), spent, 11))
    window_s = int(told[b"ratelimit"].rpartition(b"=")[2])
    assert int(told[b"retry-after"]) >= window_s
    assert int(told[b"retry-after"]) >= spent * 6


def test_an_untouched_bucket_is_full_now():
    told = dict(limit_fields(texts_of("starter", STARTER), decide(BucketRule.of(STARTER), None, 0, 0), 1_785_000_000.0))
    assert told[b"x-ratelimit-reset"] == b"1785000000"
    assert told[b"x-ratelimit-remaining"] == b"100"


def test_the_limit_is_what_is_sold_and_not_the_burst():
    told = dict(fields(Limit(10, 1, 100), 1))
    assert told[b"x-ratelimit-limit"] == b"10"
    assert told[b"x-ratelimit-remaining"] == b"99"
    assert told[b"ratelimit-policy"] == b'"starter";q=10;w=1'


@pytest.mark.parametrize(
    ("plan", "quoted"),
    [
        ('a "b" \\ c', b'"a \\"b\\" \\\\ c"'),
        ("50%r", b'"50%r"'),
        ("plän\r\nx: y", b'"pl?n??x: y"'),
    ],
)
def test_a_plan_name_is_a_quoted_string_whatever_it_holds(plan, quoted):
    told = dict(fields(STARTER, 1, plan=plan))
    assert told[b"ratelimit-policy"] == quoted + b";q=100;w=3600"
    assert told[b"ratelimit"] == quoted + b";r=99;t=36"


def test_no_number_is_ever_negative():
    for spent in range(12):
        for name, value in fields(Limit(10, 1, 10), spent, 1):
            assert b"-" not in value, name
