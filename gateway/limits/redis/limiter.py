"""The limiter of a fleet: buckets in Redis, each charge decided there."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from gateway.limits.bucket import BucketRule
from gateway.limits.limiter import Charge
from gateway.limits.redis.script import CHARGE, ChargeCall
from gateway.limits.redis.turns import Turns

if TYPE_CHECKING:
    from gateway.limits.bucket import Decision
    from gateway.limits.redis.script import Script
    from gateway.limits.redis.servers import Servers

PROBE_RULE = BucketRule(burst=1000, interval_us=1000, tolerance_us=1_000_000)


class RedisLimiter:
    """Holds nothing itself: what is under way is in `turns`."""

    def __init__(self, servers: Servers, *, prefix: str, timeout_s: float, script: Script = CHARGE) -> None:
        self._probes = servers.probes
        self.turns: Turns[Charge, Decision] = Turns(servers, timeout_s, partial(ChargeCall, script, prefix))

    def charge(self, charge: Charge) -> asyncio.Future[Decision]:
        """As `Limiter.charge`. Raises `LimiterFailed`."""
        return self.turns.ask(charge)

    def peek(self, charge: Charge) -> asyncio.Future[Decision]:
        """As `Limiter.peek`. Raises `LimiterFailed`."""
        return self.turns.ask(charge._replace(cost=0))

    async def probe(self) -> None:
        """Charge buckets that are nobody's. Raises `LimiterFailed` when a charge would."""
        names = (f"probe-{number}" for number in range(self._probes))
        await asyncio.gather(*(self.charge(Charge(name, PROBE_RULE)) for name in names))

    async def close(self) -> None:
        """Give up what is under way, and every connection."""
        await self.turns.close()
