"""What is measured: the cases, and the words of the command line that name them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

KIB = 1024
LIMITS = ("memory", "redis")
_SIZE = re.compile(r"([1-9][0-9]{0,5})(k?)")
_WORK = re.compile(r"(GET|POST)(?:([1-9][0-9]{0,5}k?))?")


@dataclass(frozen=True, slots=True)
class Size:
    """A number of bytes and how it was written, which is also what its path ends in."""

    name: str
    bytes: int

    @classmethod
    def parse(cls, text: str) -> Size:
        """`512`, `1k`, `64k`. Raises ValueError."""
        found = _SIZE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no size: write 512, 1k or 64k")
        return cls(text, int(found[1]) * (KIB if found[2] else 1))


@dataclass(frozen=True, slots=True)
class Work:
    """The method of a request, and how many bytes of body it sends."""

    method: str
    body_bytes: int

    @classmethod
    def parse(cls, text: str) -> Work:
        """`GET`, or `POST10k` for a POST of 10 KiB. Raises ValueError."""
        found = _WORK.fullmatch(text)
        if found is None or (found[1] == "POST") != bool(found[2]):
            raise ValueError(f"{text!r} is no work: write GET, or POST and a size, as POST10k")
        return cls(found[1], Size.parse(found[2]).bytes if found[2] else 0)

    def __str__(self) -> str:
        return f"{self.method} {self.body_bytes} B" if self.body_bytes else self.method


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of load: so many connections, each asking for answers of one size."""

    connections: int
    answer: Size
    work: Work

    @property
    def path(self) -> str:
        return f"/v1/items/{self.answer.name}"

    def __str__(self) -> str:
        return f"{self.work}, answer {self.answer.bytes} B, {self.connections} connections"


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole run: every case, measured `rounds` times for `seconds`; the gateway once for each of `limits`."""

    cases: tuple[Case, ...]
    limits: tuple[str, ...]
    rounds: int
    seconds: int

    @classmethod
    def of(
        cls,
        connections: Sequence[int],
        answers: Sequence[Size],
        works: Sequence[Work],
        limits: Sequence[str],
        rounds: int,
        seconds: int,
    ) -> Plan:
        """Every combination, the connections changing fastest. Raises ValueError for what cannot be measured."""
        if min(*connections, rounds, seconds) < 1:
            raise ValueError("connections, rounds and seconds must be at least 1")
        if not set(limits) <= set(LIMITS):
            raise ValueError(f"limits can be {' and '.join(LIMITS)}, not {', '.join(limits)}")
        cases = tuple(Case(count, answer, work) for work, answer, count in product(works, answers, connections))
        return cls(cases, tuple(limits), rounds, seconds)

    @property
    def answers(self) -> tuple[Size, ...]:
        """Each size of answer that the backend must have, once."""
        return tuple(dict.fromkeys(case.answer for case in self.cases))

    def duration_s(self, contenders: int, warm_up_s: int) -> int:
        """About how long all of it takes."""
        return len(self.cases) * contenders * (warm_up_s + self.rounds * self.seconds)
