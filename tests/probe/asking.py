"""Ask both questions of a pair in turn, many times, on one connection; compare all that a client can see."""

from __future__ import annotations

import http.client
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.probe.samples import Difference, difference

if TYPE_CHECKING:
    from tests.probe.pairs import Pair, Request

TIMEOUT_S = 30
VARIES = frozenset(
    {"x-request-id", "date", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit", "retry-after", "connection"}
)
"""Fields that differ from one answer to the next, whatever was asked. (Their presence is compared, not their value.)"""


@dataclass(frozen=True, slots=True)
class Look:
    """Everything about an answer but its time."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """`looks`: every distinct look of the one question and of the other; one each, and the same, is what is asked for."""

    pair: str
    tries: int
    looks: tuple[frozenset[Look], frozenset[Look]]
    time: Difference

    @property
    def is_alike(self) -> bool:
        first, second = self.looks
        return len(first) == 1 and first == second


class Prober:
    """One connection to a deployment. A context manager."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_exc: object) -> None:
        self._connection.close()

    def try_pair(self, pair: Pair, tries: int) -> Verdict:
        """Ask both, `tries` times each, in an order that chance decides each time."""
        questions = (pair.first, pair.second)
        looks: tuple[set[Look], set[Look]] = (set(), set())
        times: tuple[list[float], list[float]] = ([], [])
        for question in questions:
            self._ask(question())  # the first ask of each is not measured: connections open, caches fill
        for _ in range(tries):
            for which in random.sample((0, 1), 2):
                look, took_s = self._ask(questions[which]())
                looks[which].add(look)
                times[which].append(took_s)
        return Verdict(pair.name, tries, (frozenset(looks[0]), frozenset(looks[1])), difference(*times))

    def _ask(self, request: Request) -> tuple[Look, float]:
        """The answer and its time. Where the deployment limits strangers, the prober waits and asks again."""
        while True:
            path, fields = request
            began = time.perf_counter()
            self._connection.request("GET", path, headers=fields)
            response = self._connection.getresponse()
            body = response.read()
            took_s = time.perf_counter() - began
            if response.status != http.HTTPStatus.TOO_MANY_REQUESTS:
                break
            time.sleep(float(response.getheader("retry-after", "1")))
        shown = tuple((name.lower(), "" if name.lower() in VARIES else value) for name, value in response.getheaders())
        return Look(response.status, shown, body), took_s
