"""Fuzz a gateway of our own, byte by byte, from the hostile corpus.

    python -m tests.fuzz --inputs 1000000 [--workers 1] [--hours 8]

Ends with the first input that breaks a rule of `tests.fuzz.oracle`, made as small as Hypothesis can, and exit code 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.fuzz.mutations import inputs
from tests.fuzz.oracle import require_sane
from tests.hostile.deployed import deployed

ROUND = 5000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    began, tried = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder), workers=asked.workers) as gateway:
        while tried < asked.inputs and time.monotonic() - began < asked.hours * 3600:
            count = min(ROUND, asked.inputs - tried)
            bounded = settings(
                derandomize=False,  # whatever a CI profile says: every round is another
                max_examples=count,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
            )

            @given(raw=inputs())
            @bounded
            def fuzz(raw: bytes) -> None:
                require_sane(gateway, raw)

            fuzz()
            gateway.require_unharmed()
            tried += count
            sys.stdout.write(f"{tried} inputs in {time.monotonic() - began:.0f} s, no rule broken\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
