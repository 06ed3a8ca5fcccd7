"""`python -m tests.oracle`: make a history and judge it. The exit code is 1 if anything was over a limit."""

from __future__ import annotations

import argparse
import sys
import time
from statistics import median

from tests.oracle.history import Load, make_history
from tests.oracle.judge import Verdict, judge
from tests.redis_server import RedisServer

SHOWN = 10


def main() -> int:
    options = _options()
    with RedisServer.started() as server:
        load = Load(server.url, options.charges, options.buckets, options.processes)
        began_s = time.monotonic()
        history = make_history(load)
        took_s = time.monotonic() - began_s
    verdicts = {bucket: judge(load.rule(bucket), answers) for bucket, answers in sorted(history.items())}
    print(f"{options.processes} processes, {options.buckets} buckets, {took_s:.1f} s with their start\n")
    print(
        f"{'bucket':>8} {'rate/s':>7} {'burst':>6} {'admitted':>9} {'refused':>9} {'over':>6} {'wrong':>6} {'unused':>8}"
    )
    for bucket, verdict in list(verdicts.items())[:SHOWN]:
        rule = load.rule(bucket)
        _print_row(str(bucket), f"{1_000_000 // rule.interval_us}", f"{rule.burst}", verdict)
    if len(verdicts) > SHOWN:
        print(f"{'...':>8}")
    total = _total(list(verdicts.values()))
    _print_row("all", "", "", total)
    share = total.wrongly_refused / (total.admitted + total.refused)
    print(f"\nover the limit: {total.over}; wrongly refused: {total.wrongly_refused} ({share:.4%} of all charges)")
    return 1 if total.over else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--charges", type=int, default=200_000)
    parser.add_argument("--buckets", type=int, default=50)
    parser.add_argument("--processes", type=int, default=4)
    return parser.parse_args()


def _total(verdicts: list[Verdict]) -> Verdict:
    return Verdict(
        sum(one.admitted for one in verdicts),
        sum(one.refused for one in verdicts),
        sum(one.over for one in verdicts),
        sum(one.wrongly_refused for one in verdicts),
        median(one.unused for one in verdicts),
    )


def _print_row(name: str, rate: str, burst: str, of: Verdict) -> None:
    counts = f"{of.admitted:>9} {of.refused:>9} {of.over:>6} {of.wrongly_refused:>6} {of.unused:>8.3%}"
    print(f"{name:>8} {rate:>7} {burst:>6} {counts}")


if __name__ == "__main__":
    sys.exit(main())
