"""wrk, the load generator: the script it is given, its call, and what it prints.

wrk sends the next request of a connection when the last was answered, so its latencies are those of a full gateway, not of a
gateway at a given rate.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.compare.processes import LOAD_CORE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.compare.contender import Contender
    from bench.compare.plan import Case, Work

_MICROSECONDS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6}
_REQUESTS = re.compile(r"(\d+) requests in")
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_PERCENTILE = re.compile(r"^\s+(\d+)%\s+([\d.]+)(us|ms|s|m)$", re.MULTILINE)
_REFUSED = re.compile(r"Non-2xx or 3xx responses: (\d+)")
_BROKEN = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")


class LoadFailed(Exception):  # noqa: N818 - what is said to whoever runs the measurement
    """wrk could not load a contender, or did not print what was expected."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What wrk saw. `errors`: answers that were not 2xx or 3xx, and connections that broke."""

    requests: int
    requests_s: float
    p50_us: float
    p99_us: float
    errors: int

    @classmethod
    def parse(cls, printed: str) -> Loaded:
        """Reads what `wrk --latency` prints. Raises LoadFailed."""
        requests, rate = _REQUESTS.search(printed), _RATE.search(printed)
        percentiles = {found[1]: float(found[2]) * _MICROSECONDS[found[3]] for found in _PERCENTILE.finditer(printed)}
        if requests is None or rate is None or not {"50", "99"} <= percentiles.keys():
            raise LoadFailed(printed or "wrk printed nothing")
        refused, broken = _REFUSED.search(printed), _BROKEN.search(printed)
        errors = int(refused[1]) if refused else 0
        errors += sum(map(int, broken.groups())) if broken else 0
        return cls(int(requests[1]), float(rate[1]), percentiles["50"], percentiles["99"], errors)


def script(work: Work, headers: Sequence[Mapping[str, str]]) -> str:
    """The Lua for wrk: one request for each key, made once, sent in rotation."""
    rows = ", ".join(_lua_table(row | _body_fields(work)) for row in map(dict, headers))
    body = f"'\"' .. string.rep('x', {work.body_bytes - 2}) .. '\"'" if work.body_bytes else "nil"
    return f"""local rows, requests, last = {{{rows}}}, {{}}, 0
init = function()
  local body = {body}
  for number, headers in ipairs(rows) do requests[number] = wrk.format('{work.method}', nil, headers, body) end
end
request = function()
  last = last % #requests + 1
  return requests[last]
end
"""


def _lua_table(row: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in row.items()) + "}"


def _body_fields(work: Work) -> dict[str, str]:
    return {"Content-Type": "application/json"} if work.body_bytes else {}


def load(contender: Contender, case: Case, seconds: int, folder: Path) -> Loaded:
    """Loads a contender for so long. Raises LoadFailed."""
    path = folder / "load.lua"
    path.write_text(script(case.work, contender.headers))
    options = ["-t1", f"-c{case.connections}", f"-d{seconds}s", "--latency", "-s", str(path)]
    command = ["taskset", "-c", str(LOAD_CORE), "wrk", *options, contender.url + case.path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Loaded.parse(done.stdout)
