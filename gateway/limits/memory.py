"""The limiter of the embedded default: buckets in a dict of this process."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from gateway.limits.bucket import decide

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.limits.bucket import BucketRule, Decision
    from gateway.limits.limiter import Charge

RULES_KEPT = 1024


def monotonic_us() -> int:
    """Microseconds of a clock that never goes back; its zero means nothing."""
    return time.monotonic_ns() // 1000


class MemoryLimiter:
    """Buckets of one process, which may be one of `share` workers that split every limit evenly.

    The mutable state is `_tats` (a drain time per bucket), `_queue` (each of its names, once, in the order to look at
    them for eviction) and `_shares` (rules already split). It needs no lock: it is used on one event loop, and a charge
    never suspends.

    A full bucket is the same as none, so each bucket that is added first looks at two of the queue and drops those that
    are full. The work per charge is bounded, and the size by twice the buckets that are not full, of which one
    admitted request makes at most one, for one interval.
    """

    __slots__ = ("_clock_us", "_queue", "_share", "_shares", "_tats")

    def __init__(self, *, share: int = 1, clock_us: Callable[[], int] = monotonic_us) -> None:
        if share < 1:
            raise ValueError(f"share must be at least 1, not {share}")
        self._clock_us = clock_us
        self._share = share
        self._tats: dict[str, int] = {}
        self._queue: deque[str] = deque()
        self._shares: dict[BucketRule, BucketRule] = {}

    def __len__(self) -> int:
        """How many buckets are kept, full ones that wait for eviction included."""
        return len(self._tats)

    async def charge(self, charge: Charge) -> Decision:
        return self.charge_now(charge)

    async def peek(self, charge: Charge) -> Decision:
        return self.peek_now(charge)

    def charge_now(self, charge: Charge) -> Decision:
        """`charge` without a coroutine, for a caller that knows this limiter."""
        bucket, rule, cost = charge
        if self._share != 1:
            rule = self._shared(rule)
        now_us = self._clock_us()
        tat_us = self._tats.get(bucket)
        decision = decide(rule, tat_us, now_us, cost)
        if tat_us is not None:
            self._tats[bucket] = decision.tat_us
        elif decision.reset_after_us:
            self._add(bucket, decision.tat_us, now_us)
        return decision

    def peek_now(self, charge: Charge) -> Decision:
        """`peek` without a coroutine."""
        return decide(self._shared(charge.rule), self._tats.get(charge.bucket), self._clock_us(), 0)

    def note(self, bucket: str, reset_after_us: int) -> None:
        """Take over what a bucket holds elsewhere, as the time until it is full: a share of it is full then too."""
        now_us = self._clock_us()
        if bucket in self._tats:
            self._tats[bucket] = now_us + reset_after_us
        elif reset_after_us:
            self._add(bucket, now_us + reset_after_us, now_us)

    def _add(self, bucket: str, tat_us: int, now_us: int) -> None:
        self._evict(now_us)
        self._tats[bucket] = tat_us
        self._queue.append(bucket)

    def _evict(self, now_us: int) -> None:
        for _ in range(min(2, len(self._queue))):
            bucket = self._queue.popleft()
            if self._tats[bucket] <= now_us:
                del self._tats[bucket]
            else:
                self._queue.append(bucket)

    def _shared(self, rule: BucketRule) -> BucketRule:
        shared = self._shares.get(rule)
        if shared is None:
            if len(self._shares) >= RULES_KEPT:
                self._shares.clear()
            shared = self._shares[rule] = rule.share(self._share)
        return shared
