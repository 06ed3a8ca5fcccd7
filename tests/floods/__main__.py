"""Attack a gateway of our own in every way of `tests.floods.attackers`, and print what valid clients got meanwhile.

    python -m tests.floods [--lasting 20] [--rate 1000] [--connections 2000]

The gateway has the product's own limits (10 failed authentications a second for each address, burst 100).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.floods.attackers import ATTACKS
from tests.floods.flood import Flooded, flood, quiet
from tests.hostile.deployed import deployed

PRODUCT_LIMITS = {"STRANGER_LIMIT": 10, "STRANGER_BURST": 100}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.floods", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lasting", type=float, default=20, metavar="SECONDS")
    parser.add_argument("--rate", type=int, default=1000, help="attempts a second")
    parser.add_argument("--connections", type=int, default=2000, help="held open at once")
    parser.add_argument("--valid-rate", type=int, default=100, help="valid requests a second")
    asked = parser.parse_args()
    sizes = (asked.lasting, asked.rate, asked.connections, asked.valid_rate)
    sys.stdout.write(
        f"{'attack':20} {'valid p50':>10} {'p99':>9} {'x quiet':>8} {'wrong':>6} {'RSS':>9}  seen by attackers\n"
    )
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder), **PRODUCT_LIMITS) as gateway:
        alone = quiet(gateway, *sizes)
        _report("none", alone, alone)
        for name in ATTACKS:
            _report(name, flood(gateway, name, *sizes), alone)
    return 0


def _report(name: str, found: Flooded, alone: Flooded) -> None:
    p50, p99 = found.valid.p50_s * 1000, found.valid.p99_s * 1000
    times = found.valid.p99_s / alone.valid.p99_s
    outcomes = ", ".join(f"{outcome}: {count}" for outcome, count in found.seen.most_common(5))
    growth = found.growth_bytes / 2**20
    wrong = len(found.valid.wrong)
    sys.stdout.write(f"{name:20} {p50:7.2f} ms {p99:6.2f} ms {times:8.2f} {wrong:6} {growth:+5.1f} MiB  {outcomes}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
