"""Traffic that goes on while something is broken: every answer is counted, by the kind of key that asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from tests.faults.fleet import PATIENCE_S, ask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.faults.fleet import Gateways

CLIENTS = 4


class Traffic:
    """Clients that ask again and again, one key each. `counts[kind]` holds how often each status was answered."""

    def __init__(self, gateways: Gateways) -> None:
        self._gateways = gateways
        self.counts: dict[str, Counter[int]] = {}

    @asynccontextmanager
    async def running(
        self, keys: Mapping[str, str], clients: int = CLIENTS, pause_s: float = 0
    ) -> AsyncIterator[Traffic]:
        """Asks with each of the keys, which are named by kind, until the block ends."""
        stop = asyncio.Event()
        self.counts |= {kind: Counter() for kind in keys}
        tasks = [
            asyncio.create_task(self._ask(kind, key, stop, pause_s))
            for kind, key in keys.items()
            for _ in range(clients)
        ]
        try:
            yield self
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    async def _ask(self, kind: str, key: str, stop: asyncio.Event, pause_s: float) -> None:
        counts = self.counts[kind]
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE_S) as client:
            while not stop.is_set():
                counts[await ask(client, self._gateways, key)] += 1
                await asyncio.sleep(pause_s)

    async def more(self, kind: str, count: int = 50) -> None:
        """Waits until that many further answers have come."""
        goal = self.counts[kind].total() + count
        async with asyncio.timeout(PATIENCE_S):
            while self.counts[kind].total() < goal:
                await asyncio.sleep(0.01)
