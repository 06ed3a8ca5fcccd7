"""Measure the gateway beside its peers: requests/s, latency, CPU, and both ratios of the same run.

`--page` and `--json` are written after each case, and the table is printed however it ends: a run that is cut short
leaves what it has measured.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from bench.compare.load import LoadFailed
from bench.compare.machine import describe
from bench.compare.measure import WARM_UP_S, measure
from bench.compare.peers import LUA_MODULES, Grounds, start_peers
from bench.compare.plan import LIMITS, Plan, Size, Work
from bench.compare.processes import NotReady, Started
from bench.compare.product import start_product
from bench.compare.report import Result, as_json, made_part, page_with, table

if TYPE_CHECKING:
    from collections.abc import Sequence

MEASURED = ("connections", "body", "method", "limits", "rounds", "seconds")
FAILED, INTERRUPTED = 1, 130
NEEDED = ("taskset", "wrk", "nginx", "haproxy", "redis-server")


def main() -> int:
    wanted = _arguments()
    try:
        plan = _plan(wanted)
        _require_programs()
        _run(plan, wanted)
    except (LoadFailed, NotReady, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--connections", default="8,32,128", help="how many at once (%(default)s)")
    parser.add_argument("--body", default="1k,64k", help="sizes of the answers (%(default)s)")
    parser.add_argument("--method", default="GET,POST10k", help="GET, or POST and its size (%(default)s)")
    parser.add_argument("--limits", default=",".join(LIMITS), help="where the gateway's buckets are (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (%(default)s)")
    parser.add_argument("--seconds", type=int, default=3, help="for how long, each time (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures for programs")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write them into the made part of this page")
    return parser.parse_args()


def _plan(wanted: argparse.Namespace) -> Plan:
    return Plan.of(
        [int(count) for count in wanted.connections.split(",")],
        [Size.parse(text) for text in wanted.body.split(",")],
        [Work.parse(text) for text in wanted.method.split(",")],
        wanted.limits.split(","),
        wanted.rounds,
        wanted.seconds,
    )


def _require_programs() -> None:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    missing += [module.name for module in LUA_MODULES if not module.exists()]
    if missing:
        raise NotReady(f"{', '.join(missing)} missing; as root on Debian, bench/install-peers installs what is needed")


def _run(plan: Plan, wanted: argparse.Namespace) -> None:
    machine = describe()
    with ExitStack() as stack:
        folder, home = (Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))) for _ in range(2))
        folder.chmod(0o755)  # nginx leaves root, and must still reach its files; keys are in the other folder
        started = stack.enter_context(Started.until_done())
        grounds = Grounds.laid(started, folder, plan.answers)
        contenders = start_peers(started, grounds)
        contenders += [start_product(started, grounds, home, limits) for limits in plan.limits]
        print(f"{len(plan.cases)} cases, about {plan.duration_s(len(contenders), WARM_UP_S)} s", flush=True)
        results: list[Result] = []
        try:
            for number, case in enumerate(plan.cases, 1):
                print(f"{number}: {case}", flush=True)
                results.append(Result(case, measure(case, contenders, plan, home)))
                _write(results, machine, wanted)
        finally:
            if results:
                _console().print(table(results))


def _write(results: Sequence[Result], machine: dict[str, str], wanted: argparse.Namespace) -> None:
    command = _command(wanted)
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(as_json(results, machine, command), indent=2) + "\n")
    if wanted.page is not None:
        part = made_part(results, machine, command)
        wanted.page.write_text(page_with(wanted.page.read_text(), part))


def _command(wanted: argparse.Namespace) -> str:
    """What prints such figures again: what was measured, and not where it was written."""
    options = [(f"--{name}", str(getattr(wanted, name))) for name in MEASURED]
    return shlex.join(["python", "-m", "bench.compare", *(word for option in options for word in option)])


def _console() -> Console:
    """In a pipe, a table is as wide as its content."""
    console = Console()
    return console if console.is_terminal else Console(width=200)


if __name__ == "__main__":
    sys.exit(main())
