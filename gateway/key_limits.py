"""The limiter of keys, by the settings: in this process, or the fleet's; how it is, what it counts, how it ends."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from gateway.limits.fleet import FleetLimiter
from gateway.limits.memory import MemoryLimiter
from gateway.limits.redis.address import RedisAddress
from gateway.status import Health

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.limits.redis.limiter import RedisLimiter
    from gateway.metrics import Reading
    from gateway.settings import RedisSettings


class PrivateLimits:
    """Limits of a gateway without Redis: each worker has its share of every limit."""

    def __init__(self, workers: int) -> None:
        self.limiter = MemoryLimiter(share=workers)
        self.checks: Mapping[str, Callable[[], Health]] = {}

    def readings(self) -> dict[str, Reading]:
        """What the metrics ask of it."""
        return {"gateway_limit_buckets": lambda: len(self.limiter)}

    async def start(self) -> None:
        """There is nothing to start."""

    async def stop(self) -> None:
        """Nor to stop."""


class FleetLimits:
    """Limits that a fleet shares through Redis. The only mutable state is `_probing`, the task beside the requests."""

    def __init__(self, redis: RedisLimiter, limiter: FleetLimiter) -> None:
        self.limiter = limiter
        self.checks: Mapping[str, Callable[[], Health]] = {"limits": self.health}
        self._redis = redis
        self._probing: asyncio.Task[None] | None = None

    def health(self) -> Health:
        """A warning while decisions do not stand on the fleet's buckets: by the settings' choice, traffic goes on."""
        return Health.WARNING if self.limiter.is_degraded else Health.OK

    def readings(self) -> dict[str, Reading]:
        """What the metrics ask of it."""
        fleet, redis = self.limiter, self._redis
        return {
            "gateway_limit_buckets": lambda: len(fleet),
            "gateway_limits_degraded": lambda: int(fleet.is_degraded),
            "gateway_limit_store_calls_total": lambda: redis.turns.calls,
            "gateway_limit_store_charges_total": lambda: redis.turns.questions,
            "gateway_limit_store_failures_total": lambda: {(cause,): count for cause, count in fleet.failures.items()},
        }

    async def start(self) -> None:
        """Begin to probe. A Redis that does not answer keeps no gateway from starting."""
        self._probing = asyncio.create_task(self.limiter.run())

    async def stop(self) -> None:
        """To be called when nobody charges any more."""
        if self._probing is not None:
            self._probing.cancel()
            with suppress(asyncio.CancelledError):
                await self._probing
        await self._redis.close()


def open_key_limits(settings: RedisSettings | None, workers: int) -> PrivateLimits | FleetLimits:
    """The limits of one of `workers` processes; nothing is connected yet."""
    if settings is None:
        return PrivateLimits(workers)
    # 0.1 s to import, and the embedded default does without
    from gateway.limits.redis.open import open_redis  # noqa: PLC0415

    timeout_s = settings.timeout_ms / 1000
    redis = open_redis(RedisAddress.parse(settings.url), prefix=settings.prefix, timeout_s=timeout_s)
    local = MemoryLimiter(share=settings.nodes * workers)
    return FleetLimits(redis, FleetLimiter(redis, local, settings.on_failure))
