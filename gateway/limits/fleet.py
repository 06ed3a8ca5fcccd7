"""The fleet's limits while their store answers, and what the settings say while it does not.

    local   this node goes on with its share of each limit; what was spent, as far as it was seen, stays spent. All nodes
            together admit at most one limit more than was sold
    deny    requests are refused: 503
    allow   requests are let through, uncounted

Whichever it is, decisions say that they do not stand on the bucket (`Decision.basis`). The first charge that fails
changes the state for all; from then on nobody waits for the store but a probe, and the first probe that succeeds
changes it back.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol

import structlog

from gateway.limits.bucket import MICROSECONDS, Basis, Decision, decide
from gateway.limits.limiter import Limiter, LimiterFailed, OnFailure

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Never

    from gateway.limits.limiter import Charge
    from gateway.limits.memory import MemoryLimiter

PROBE_S = 0.5
DENIED_FOR_S = 1
log = structlog.get_logger("gateway.limits")


class SharedLimiter(Limiter, Protocol):
    """A limiter whose buckets are elsewhere; it may raise `LimiterFailed`."""

    async def probe(self) -> None:
        """Raises `LimiterFailed` when a charge would."""
        ...


class FleetLimiter:
    """A limiter that always answers.

    `local` must split limits into one share for each process of the fleet: it keeps what was last seen of each bucket.
    The mutable state is `_down` (set while the store is out of reach), `_down_since_s` and `failures`, by cause.
    """

    def __init__(
        self,
        shared: SharedLimiter,
        local: MemoryLimiter,
        on_failure: OnFailure,
        *,
        probe_s: float = PROBE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared = shared
        self._local = local
        self._on_failure = on_failure
        self._probe_s = probe_s
        self._monotonic = monotonic
        self._down = asyncio.Event()
        self._down_since_s = 0.0
        self.failures: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many buckets this process keeps, or has seen and would go on with."""
        return len(self._local)

    @property
    def is_degraded(self) -> bool:
        """Whether decisions do not stand on the fleet's buckets."""
        return self._down.is_set()

    async def charge(self, charge: Charge) -> Decision:
        """As `Limiter.charge`; never raises `LimiterFailed`."""
        if not self._down.is_set():
            try:
                decision = await self._shared.charge(charge)
            except LimiterFailed as failed:
                self._failed(failed)
            else:
                self._local.note(charge.bucket, decision.reset_after_us)
                return decision
        return self._stand_in(charge, self._local.charge_now)

    async def peek(self, charge: Charge) -> Decision:
        """As `Limiter.peek`; never raises `LimiterFailed`."""
        if not self._down.is_set():
            try:
                return await self._shared.peek(charge)
            except LimiterFailed as failed:
                self._failed(failed)
        return self._stand_in(charge, self._local.peek_now)

    async def run(self) -> Never:
        """Probe the store at once, and whenever it is out of reach until it answers. To be cancelled at the end."""
        await self._probe()
        while True:
            await self._down.wait()
            await asyncio.sleep(self._probe_s)
            await self._probe()

    async def _probe(self) -> None:
        try:
            await self._shared.probe()
        except LimiterFailed as failed:
            self._failed(failed)
            return
        if self._down.is_set():
            self._down.clear()
            log.info("limits_restored", after_s=round(self._monotonic() - self._down_since_s, 3))

    def _failed(self, failed: LimiterFailed) -> None:
        self.failures[failed.cause] += 1
        if not self._down.is_set():
            self._down.set()
            self._down_since_s = self._monotonic()
            log.warning("limits_degraded", cause=failed.cause, on_failure=self._on_failure.value)

    def _stand_in(self, charge: Charge, local: Callable[[Charge], Decision]) -> Decision:
        match self._on_failure:
            case OnFailure.LOCAL:
                return local(charge)._replace(basis=Basis.SHARE)
            case OnFailure.DENY:
                return _denied(charge)
            case OnFailure.ALLOW:
                return decide(charge.rule, None, 0, 0)._replace(basis=Basis.NOTHING)


def _denied(charge: Charge) -> Decision:
    wait_us = DENIED_FOR_S * MICROSECONDS
    full_us = charge.rule.tolerance_us
    return Decision(
        allowed=False,
        remaining=0,
        retry_after_us=wait_us,
        reset_after_us=full_us,
        refill_after_us=wait_us,
        tat_us=full_us,
        basis=Basis.NOTHING,
    )
