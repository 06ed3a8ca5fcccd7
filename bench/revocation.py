"""How fast a revocation is acknowledged by a fleet under load, and whether anything gets in after it.

    python -m bench.revocation --revocations 1000

Two supervisors of two workers each on one PostgreSQL. For each key: it is used on every host, then revoked while clients
keep asking with it; when the acknowledgement has come, each host is asked again. Admitted after it: 200, though the
request began when the revocation had been acknowledged. Must be 0.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

import httpx

from keys import wait_until_applied
from tests.contract.postgres import PostgresServer
from tests.fakes.raw_backend import RawBackend
from tests.faults.fleet import Gateways, ask, mint, opened, settings, write
from tests.faults.traffic import Traffic

if TYPE_CHECKING:
    from keys import KeyStore, Lifecycle

HOSTS = 2
WORKERS = 2
DEADLINE_S = 10
PAUSE_S = 0.02
"""Between two requests of a client: this process also waits for the acknowledgement, and must not be what is measured."""

FRESH_CONNECTIONS = 3


@dataclass
class Figures:
    """What was seen. Times in milliseconds, from the commit of the revocation to its acknowledgement."""

    took_ms: list[float] = field(default_factory=list)
    processes: int = 0
    admitted_after: int = 0
    asked_after: int = 0
    load: int = 0
    incomplete: int = 0

    def __str__(self) -> str:
        cuts = quantiles(self.took_ms, n=100)
        return (
            f"{len(self.took_ms)} revocations acknowledged by {self.processes} processes: "
            f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, longest {max(self.took_ms):.1f} ms; "
            f"not in time: {self.incomplete}\n"
            f"admitted after the acknowledgement: {self.admitted_after} of {self.asked_after} requests\n"
            f"other requests meanwhile: {self.load}"
        )


async def measure(revocations: int, folder: Path) -> Figures:
    """Starts everything in `folder`, revokes that many keys one after another, and stops everything."""
    figures = Figures()
    async with AsyncExitStack() as stack:
        server = stack.enter_context(PostgresServer.started())
        backend = await stack.enter_async_context(RawBackend())
        config = write(folder, settings(url := server.new_database(), backend.port))
        store, lifecycle = await stack.enter_async_context(opened(url))
        fleet = [await stack.enter_async_context(Gateways.running(config, WORKERS)) for _ in range(HOSTS)]
        steady, _ = await mint(lifecycle)
        loads = [Traffic(gateways) for gateways in fleet]
        for load in loads:
            await stack.enter_async_context(load.running({"steady": steady}, pause_s=PAUSE_S))
        for _ in range(revocations):
            await _revoke_one(store, lifecycle, fleet, figures)
        figures.load = sum(load.counts["steady"].total() for load in loads)
    return figures


async def _revoke_one(store: KeyStore, lifecycle: Lifecycle, fleet: list[Gateways], figures: Figures) -> None:
    key, key_id = await mint(lifecycle)
    answers: list[tuple[float, int]] = []
    stop = asyncio.Event()
    clients = [asyncio.create_task(_keep_asking(gateways, key, answers, stop)) for gateways in fleet]
    for gateways in fleet * FRESH_CONNECTIONS:
        await gateways.status_of(key)
    await lifecycle.revoke(key_id, "bench", "measured")
    committed_s = time.monotonic()
    done = await wait_until_applied(store.nodes, await store.latest_change(), DEADLINE_S)
    acknowledged_s = time.monotonic()
    figures.took_ms.append((acknowledged_s - committed_s) * 1000)
    figures.processes = len(done.applied)
    figures.incomplete += not done.is_complete
    for gateways in fleet * FRESH_CONNECTIONS:
        begun_s = time.monotonic()
        answers.append((begun_s, await gateways.status_of(key)))
    stop.set()
    await asyncio.gather(*clients)
    after = [status for begun_s, status in answers if begun_s > acknowledged_s]
    figures.asked_after += len(after)
    figures.admitted_after += after.count(200)


async def _keep_asking(gateways: Gateways, key: str, answers: list[tuple[float, int]], stop: asyncio.Event) -> None:
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=DEADLINE_S) as client:
        while not stop.is_set():
            begun_s = time.monotonic()
            answers.append((begun_s, await ask(client, gateways, key)))
            await asyncio.sleep(PAUSE_S)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how fast revocations are acknowledged.")
    parser.add_argument("--revocations", type=int, default=1000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        print(asyncio.run(measure(wanted.revocations, Path(folder))))


if __name__ == "__main__":
    main()
