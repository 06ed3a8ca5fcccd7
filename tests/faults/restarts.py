"""SIGTERM under load, as often as is asked: every request that a client sent on a served connection is answered.

python -m tests.faults.restarts --times 100 [--workers 4]
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from tests.hostile.deployed import Deployed, deployed
from tests.hostile.rows.row import get
from tests.hostile.wire import Broken

CLIENTS = 8
WARM = 20
"""Requests of each client before the signal."""


@dataclass
class Load:
    """Clients that ask, each on its own kept connection, until they are told to close. `failed`: what was not answered well."""

    gateway: Deployed
    answered: int = 0
    failed: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, signal_number: int) -> int:
        """All clients; the signal once each has been served; the gateway's exit code."""
        warm = threading.Barrier(CLIENTS + 1)
        clients = [threading.Thread(target=self._ask_until_told, args=(warm, at)) for at in range(CLIENTS)]
        for client in clients:
            client.start()
        warm.wait()
        self.gateway.tell(signal_number)
        for client in clients:
            client.join()
        return self.gateway.end()

    def _ask_until_told(self, warm: threading.Barrier, which: int) -> None:
        with self.gateway.connect() as wire:
            number = 0
            while True:
                number += 1
                target = b"/api/ping?client=%d&number=%d" % (which, number)
                try:
                    answer = wire.ask(self.gateway.keys.fill(get(target=target)))
                except Broken as broken:
                    self._note(f"client {which}, request {number}: {broken}")
                    return
                self._note(None if answer.body == target else f"client {which}, request {number}: {answer.status}")
                if number == WARM:
                    warm.wait()
                if answer.value("connection") == "close":
                    return

    def _note(self, failure: str | None) -> None:
        with self._lock:
            if failure is None:
                self.answered += 1
            else:
                self.failed.append(failure)


def restart(folder: Path, times: int, workers: int) -> tuple[int, list[str]]:
    """Start, load, SIGTERM, `times` times on one database; answered requests, and every failure."""
    answered, failed = 0, []
    with deployed(folder, workers=workers) as gateway:
        for turn in range(times):
            if turn:
                gateway.start()
            load = Load(gateway)
            code = load.run(signal.SIGTERM)
            answered += load.answered
            failed += load.failed + ([f"exit code {code}"] if code else [])
    return answered, failed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.restarts")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        answered, failed = restart(Path(folder), asked.times, asked.workers)
    sys.stdout.write(f"{asked.times} restarts under load, {answered} requests answered, failed: {len(failed)}\n")
    sys.stdout.writelines(f"{failure}\n" for failure in failed)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
