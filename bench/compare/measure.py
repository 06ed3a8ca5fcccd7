"""Each contender in turn, round by round: whatever else the machine does then falls on all of them alike."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench.compare.load import LoadFailed, load
from bench.compare.processes import cpu_s

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.compare.contender import Contender
    from bench.compare.load import Loaded
    from bench.compare.plan import Case, Plan

WARM_UP_S = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """What one contender did in one case: the medians of its rounds, and every error."""

    requests_s: float
    p50_us: float
    p99_us: float
    cpu_us: float
    errors: int

    @classmethod
    def of(cls, rounds: Sequence[tuple[Loaded, float]]) -> Figures:
        """From each round's load and the CPU seconds that it took."""
        return cls(
            requests_s=median(loaded.requests_s for loaded, _ in rounds),
            p50_us=median(loaded.p50_us for loaded, _ in rounds),
            p99_us=median(loaded.p99_us for loaded, _ in rounds),
            cpu_us=median(taken_s * 1e6 / max(1, loaded.requests) for loaded, taken_s in rounds),
            errors=sum(loaded.errors for loaded, _ in rounds),
        )


def measure(case: Case, contenders: Sequence[Contender], plan: Plan, folder: Path) -> dict[str, Figures]:
    """The figures of each contender, by its name. Raises LoadFailed."""
    for contender in contenders:
        _try_each_key(contender, case)
        load(contender, case, WARM_UP_S, folder)
    rounds: dict[str, list[tuple[Loaded, float]]] = {contender.name: [] for contender in contenders}
    for _ in range(plan.rounds):
        for contender in contenders:
            before_s = cpu_s(contender.pid)
            loaded = load(contender, case, plan.seconds, folder)
            rounds[contender.name].append((loaded, cpu_s(contender.pid) - before_s))
            contender.forget_log()
    return {name: Figures.of(measured) for name, measured in rounds.items()}


def _try_each_key(contender: Contender, case: Case) -> None:
    """One request with each key, so that none is verified while the clock runs. Raises LoadFailed for a wrong answer."""
    connection = http.client.HTTPConnection("127.0.0.1", contender.port, timeout=10)
    for headers in contender.headers:
        body = b'"' + b"x" * (case.work.body_bytes - 2) + b'"' if case.work.body_bytes else None
        kind = {"Content-Type": "application/json"} if body else {}
        connection.request(case.work.method, case.path, body, headers | kind)
        answer = connection.getresponse()
        got_bytes = len(answer.read())
        if answer.status != http.client.OK or got_bytes != case.answer.bytes:
            raise LoadFailed(f"{contender.name} answered {answer.status} and {got_bytes} bytes to {case}")
    connection.close()
