"""Two samples of durations: can they be told apart? Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Difference:
    """`median_s`: of the second sample less the first. `z`: Mann-Whitney's U, as a standard normal variable."""

    median_s: float
    z: float


def difference(first: Sequence[float], second: Sequence[float]) -> Difference:
    """How the second differs from the first. Mann and Whitney (1947), normal approximation with the correction for ties."""
    return Difference(median(second) - median(first), _z(first, second))


def _z(first: Sequence[float], second: Sequence[float]) -> float:
    n, m = len(first), len(second)
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    rank_sum, ties = 0.0, 0
    at = 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        shared_rank = (at + 1 + end) / 2
        rank_sum += shared_rank * sum(which for _, which in ranked[at:end])
        ties += (end - at) ** 3 - (end - at)
        at = end
    u = rank_sum - m * (m + 1) / 2
    total = n + m
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    return (u - n * m / 2) / math.sqrt(variance) if variance > 0 else 0.0
