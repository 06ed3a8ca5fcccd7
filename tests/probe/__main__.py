"""Probe a deployment for what strangers could learn from its refusals.

    python -m tests.probe --base-url http://127.0.0.1:8080 --keys-file demo-keys.json
    python -m tests.probe

Without a URL it probes a gateway of its own, whose limit on strangers is out of the way. The keys file is that of `gateway demo`: {"keys": {NAME: {"key": TEXT, "pixel": TENANT}}}. Exit code 1 if two answers that
must look alike do not: by status, field names and values, or body; or by time, that is when their medians lie further
apart than the bound and chance does not explain it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.hostile.deployed import deployed
from tests.probe.asking import Prober, Verdict
from tests.probe.keys_file import write_keys_file
from tests.probe.pairs import Place, pairs

SIGNIFICANT = 3.5
"""Of |z|: a shift that chance makes once in two thousand pairs."""


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.probe", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--base-url")
    parser.add_argument("--keys-file", type=Path)
    parser.add_argument("--tries", type=int, default=1000, help="of each question of a pair (1000)")
    parser.add_argument("--bound-ms", type=float, default=1.0, help="most that two medians may differ (1)")
    parser.add_argument("--path", default="/accounts/api/dashboard/views", help="a path that needs a key")
    parser.add_argument("--foreign", metavar="PATH", help="the path of a resource of another tenant")
    parser.add_argument("--key-header", default="x-api-key")
    parser.add_argument("--tenant-header", default="x-pixel-id")
    parser.add_argument("--key", default="upstack_full", help="name of a live key in the file")
    parser.add_argument("--other", default="upstack_other_pixel", help="name of a key of another tenant")
    parser.add_argument("--dead", nargs="*", default=["upstack_revoked", "upstack_expired"], help="names of ended keys")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    asked = options(arguments)
    if asked.base_url:
        return probe(asked)
    with tempfile.TemporaryDirectory() as name, deployed(Path(name)) as gateway:
        asked.base_url, asked.keys_file = f"http://127.0.0.1:{gateway.port}", write_keys_file(Path(name), gateway.keys)
        asked.path, asked.foreign = "/api/things", "/api/things/foreign"
        return probe(asked)


def probe(asked: argparse.Namespace) -> int:
    keys = json.loads(asked.keys_file.read_text("utf-8"))["keys"]
    own, other = keys[asked.key], keys[asked.other]
    place = Place(
        asked.path, asked.key_header, asked.tenant_header, own["key"], own["pixel"], other["pixel"], asked.foreign
    )
    dead = {name.rpartition("_")[2]: keys[name]["key"] for name in asked.dead}
    sys.stdout.write(f"{'first, second':46} {'tries':>6} {'looks':>6} {'median ms':>10} {'z':>7}\n")
    found_fault = False
    with Prober(asked.base_url) as prober:
        for pair in pairs(place, dead):
            verdict = prober.try_pair(pair, asked.tries)
            found_fault |= _report(verdict, asked.bound_ms)
    return int(found_fault)


def _report(verdict: Verdict, bound_ms: float) -> bool:
    """Print one line; whether the two can be told apart."""
    difference_ms = verdict.time.median_s * 1000
    look = "alike" if verdict.is_alike else "DIFFER"
    sys.stdout.write(f"{verdict.pair:46} {verdict.tries:6} {look:>6} {difference_ms:+10.3f} {verdict.time.z:+7.2f}\n")
    return not verdict.is_alike or (abs(difference_ms) > bound_ms and abs(verdict.time.z) > SIGNIFICANT)


if __name__ == "__main__":
    sys.exit(main())
