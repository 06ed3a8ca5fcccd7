"""Mixed traffic with random aborts for long; what a gateway holds must be the same at the end.

    python -m tests.soak --requests 10000000 [--clients 16] [--every 100000]

Prints what the process holds at every mark. Exit code 1 if at the end, when all is quiet, descriptors or pool slots are more
than after a quarter of the way, memory is more than 5 % above it, or any request got another's answer or a 500. (Before that
it warms up: each thread that verifies keys takes Argon2id's memory once, and keeps it.)
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.hostile.deployed import deployed
from tests.soak.traffic import soak

MEMORY_GROWTH = 1.05


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=10_000_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--every", type=int, default=100_000, help="requests between two marks")
    asked = parser.parse_args()
    began = time.monotonic()
    sys.stdout.write(f"{'requests':>10} {'seconds':>8} {'RSS MiB':>8} {'descriptors':>12} {'pool':>6} {'aborted':>9}\n")
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder)) as gateway:
        marks = []
        for mark in soak(gateway, asked.requests, asked.clients, asked.every):
            marks.append(mark)
            took_s, rss = time.monotonic() - began, mark.rss_bytes / 2**20
            row = f"{mark.requests:10} {took_s:8.0f} {rss:8.1f} {mark.descriptors:12} {mark.pool:6.0f} {mark.aborted:9}"
            sys.stdout.write(row + "\n")
            sys.stdout.flush()
        gateway.require_unharmed()
    first, last = marks[len(marks) // 4], marks[-1]
    leaks = last.descriptors > first.descriptors + asked.clients or last.pool > first.pool + asked.clients
    grown = last.rss_bytes > first.rss_bytes * MEMORY_GROWTH
    sys.stdout.write(
        f"memory {last.rss_bytes / first.rss_bytes - 1:+.1%} since a quarter of the way; wrong: {last.wrong}\n"
    )
    return int(leaks or grown or last.wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
