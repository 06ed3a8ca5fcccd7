"""The arithmetic of a token bucket as one number: the generic cell rate algorithm (GCRA), in integers. Pure.

Source: ITU-T Recommendation I.371 and the ATM Forum's Traffic Management Specification, the virtual scheduling form.
Think of a bucket that drains evenly: each unit of cost pours in one *interval* (the time after which the next unit is
due), the bucket holds `burst` intervals, and a request is admitted if what it costs still fits. All there is to
remember is when the bucket will have drained: the theoretical arrival time, `tat_us`. A bucket whose time has passed is
full of tokens, and the same as one that was never seen.

Three rules hold whatever the input (tests/properties/test_bucket.py):

- Any window of t seconds admits at most `burst + count / period_s * t`: an interval that is no whole number of
  microseconds is rounded up, a cost is a whole number of intervals, and nothing else rounds.
- So fewer may be admitted than were sold, by less than `1 / interval_us`: under 0.1 % up to 1,000 a second, and 0 for
  every rate whose interval is whole. Above a million a second the interval stays one microsecond.
- Only time that passes gives tokens. A clock that goes back gives none, and a drain time further off than an empty
  bucket's (the limit changed, the clock went back) is clamped to empty.

Every number stays below 2^53 (a bucket takes at most 2^50 us, 35 years, to drain; Unix time is below 2^51 us until
2041), so that a script that counts in doubles decides alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from keys import Limit

MICROSECONDS = 1_000_000
MAX_TOLERANCE_US = 2**50


@dataclass(frozen=True, slots=True)
class BucketRule:
    """A limit made ready to decide with.

    `interval_us` is the emission interval, the time that one unit of cost takes to drain; `tolerance_us` what the whole
    bucket takes, `burst * interval_us`. A rule with `burst` 0 admits nothing.
    """

    burst: int
    interval_us: int
    tolerance_us: int

    @classmethod
    def of(cls, limit: Limit) -> BucketRule:
        """The rule of a limit. A burst that would take over 35 years to drain is cut to what fits."""
        return cls._sized(limit.burst, _divide_up(limit.period_s * MICROSECONDS, limit.count))

    def share(self, of: int) -> BucketRule:
        """The rule of one of `of` equal buckets which together admit no more than this one.

        The burst is rounded down, so one that is smaller than `of` leaves each with nothing: such a limit cannot be
        shared, and needs a limiter that all can reach.
        """
        return self if of == 1 else self._sized(self.burst // of, self.interval_us * of)

    @classmethod
    def _sized(cls, burst: int, interval_us: int) -> BucketRule:
        held = min(burst, MAX_TOLERANCE_US // interval_us)
        return cls(held, interval_us, held * interval_us)


class Basis(StrEnum):
    """What a decision stands on: the bucket; this node's share of it while the fleet's is out of reach; nothing."""

    BUCKET = "bucket"
    SHARE = "share"
    NOTHING = "nothing"


class Decision(NamedTuple):
    """What was decided, and what the bucket holds after it.

    `remaining` is in units of cost, from 0 to the rule's burst. `retry_after_us`: until the same request would be
    admitted; 0 if it was, None if it costs more than the bucket holds, ever. `reset_after_us`: until the bucket is
    full again. `refill_after_us`: until one unit more than `remaining` could be spent. `tat_us`: the new state.
    All of these are guesses when `basis` is not the bucket.
    """

    allowed: bool
    remaining: int
    retry_after_us: int | None
    reset_after_us: int
    refill_after_us: int
    tat_us: int
    basis: Basis = Basis.BUCKET


def decide(rule: BucketRule, tat_us: int | None, now_us: int, cost: int) -> Decision:
    """Charge `cost` units at `now_us` to the bucket whose state is `tat_us` (None: never seen). Cost 0 only looks.

    A refused request costs nothing. Raises ValueError for a negative cost, which would put tokens in: settings allow
    none, so that is a bug of the caller's.
    """
    if cost < 0:
        raise ValueError(f"cost must not be negative, not {cost}")
    interval_us, tolerance_us = rule.interval_us, rule.tolerance_us
    used_us = 0 if tat_us is None or tat_us <= now_us else min(tat_us - now_us, tolerance_us)
    asked_us = used_us + cost * interval_us
    allowed = asked_us <= tolerance_us
    retry_after_us: int | None = 0
    if allowed:
        used_us = asked_us
    else:
        retry_after_us = asked_us - tolerance_us if cost <= rule.burst else None
    remaining, part_us = divmod(tolerance_us - used_us, interval_us)
    return Decision(allowed, remaining, retry_after_us, used_us, interval_us - part_us, now_us + used_us)


def _divide_up(number: int, by: int) -> int:
    return -(-number // by)
