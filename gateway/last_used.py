"""When each key was last used: noted in memory on the request path, written to the store in batches beside it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog

from keys import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FLUSH_INTERVAL_S = 5.0
log = structlog.get_logger("gateway.last_used")


class Uses(Protocol):
    """Where uses are kept."""

    async def record_uses(self, uses: Mapping[str, float]) -> None: ...


class LastUsed:
    """Mutable state, touched on the event loop only: `_uses`, Unix seconds by key id, since the last flush."""

    def __init__(self, store: Uses, clock: Callable[[], float], interval_s: float = FLUSH_INTERVAL_S) -> None:
        self._store = store
        self._clock = clock
        self._interval_s = interval_s
        self._uses: dict[str, float] = {}

    def note(self, key_id: str) -> None:
        self._uses[key_id] = self._clock()

    async def run(self) -> None:
        """Flush for ever, once an interval."""
        while True:
            await asyncio.sleep(self._interval_s)
            await self.flush()

    async def flush(self) -> None:
        """Write what was noted. What the store does not take is kept for the next time, unless used again since."""
        uses, self._uses = self._uses, {}
        if not uses:
            return
        try:
            await self._store.record_uses(uses)
        except StoreUnavailable as error:
            log.warning("last_used_not_written", keys=len(uses), error=str(error))
            self._uses = uses | self._uses
