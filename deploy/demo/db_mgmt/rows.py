"""The rows of an answer: one for each combination of dimension values, with its weight in every sum."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from deploy.demo.answers import FieldError, invalid
from deploy.demo.db_mgmt.dimensions import DIMENSIONS, shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from deploy.demo.db_mgmt.filters import Filter

MAX_COMBINATIONS = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """One combination of the asked dimensions' values, and the part of each sum that falls to it."""

    values: Mapping[str, str]
    weights: Mapping[str, float]

    def slice(self) -> list[list[dict[str, str]]]:
        """The combination as `dimensionFilters` has it: alternatives, each a list of conditions."""
        return [[{"dimension": name, "value": value} for name, value in self.values.items()]] if self.values else []


def rows(tenant: str, parts: Iterable[str], dimensions: Sequence[str], filters: Filter) -> list[Row]:
    """Every row that some of the filtered data falls to. Raises `Refusal` when there is too much to combine."""
    crossed = [*dimensions, *sorted(filters.fields() - set(dimensions))]
    if prod(len(DIMENSIONS[name]) for name in crossed) > MAX_COMBINATIONS:
        message = f"together with the filters they make more than {MAX_COMBINATIONS} combinations"
        raise invalid([FieldError("dimensions", message)])
    kept = [combined for combined in _combinations(crossed) if filters.holds(combined)]
    weights: dict[tuple[str, ...], dict[str, float]] = {}
    parts = sorted(parts)
    for combined in kept:
        row = weights.setdefault(tuple(combined[name] for name in dimensions), dict.fromkeys(parts, 0.0))
        for part in parts:
            row[part] += prod(shares(tenant, part, name)[value] for name, value in combined.items())
    return [Row(dict(zip(dimensions, values, strict=True)), weight) for values, weight in weights.items()]


def _combinations(names: Sequence[str]) -> Iterator[dict[str, str]]:
    for values in product(*(DIMENSIONS[name] for name in names)):
        yield dict(zip(names, values, strict=True))
