"""The numbers themselves: a function of tenant, measure and time, so that the same question has the same answer.

A sum has a value for each day; a part of a day gets its part of it, by a profile that is low at night. So hours add up
to their day and days to their month, whatever granularity is asked.
"""

from __future__ import annotations

from functools import lru_cache
from math import pi, sin
from types import MappingProxyType
from typing import TYPE_CHECKING

from deploy.demo.catalogue import CATALOGUE, Quotient, Sum, Unit
from deploy.demo.chance import chance
from deploy.demo.db_mgmt.calendar import days_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

    from deploy.demo.terms import Span

NIGHT_DIP = 0.6
"""How much less happens around midnight than on average; under 1, so that no hour is negative."""


@lru_cache(maxsize=131_072)
def day_total(tenant: str, id_: str, ordinal: int) -> float:
    """What a sum of the catalogue comes to on one day: a level of the tenant's own, a week's and a year's rhythm, noise."""
    formula = CATALOGUE[id_].formula
    assert isinstance(formula, Sum)  # noqa: S101 - callers ask for parts, and parts are sums
    level = formula.a_day * (0.5 + chance(tenant, "size") + 0.2 * chance(tenant, id_, "level"))
    week = 1 + 0.12 * sin(2 * pi * (ordinal % 7) / 7)
    year = 1 + 0.18 * sin(2 * pi * ordinal / 365.25)
    noise = 0.85 + 0.3 * chance(tenant, id_, str(ordinal))
    return level * week * year * noise


def day_profile(fraction: float) -> float:
    """The part of a day's total that has happened when `fraction` of the day is over."""
    return fraction - NIGHT_DIP * sin(2 * pi * fraction) / (2 * pi)


def parts_of(ids: Iterable[str]) -> frozenset[str]:
    """The sums that the measures `ids` are made of."""
    return frozenset(part for id_ in ids for part in _parts(id_))


def _parts(id_: str) -> tuple[str, ...]:
    formula = CATALOGUE[id_].formula
    return (formula.of, formula.by) if isinstance(formula, Quotient) else (id_,)


def totals(tenant: str, parts: Iterable[str], span: Span, zone: ZoneInfo) -> dict[str, float]:
    """What each sum comes to in `span`."""
    days = [(ordinal, day_profile(start), day_profile(end)) for ordinal, start, end in days_in(zone, span)]
    return {part: sum(_happened(tenant, part, *day) for day in days) for part in parts}


def _happened(tenant: str, part: str, ordinal: int, start: float, end: float) -> float:
    """What a day adds between two parts of it. Counts are whole at every moment, so that steps of any size add up."""
    total = day_total(tenant, part, ordinal)
    if CATALOGUE[part].unit is Unit.COUNT:
        return round(total * end) - round(total * start)
    return total * (end - start)


def value(id_: str, sums: Mapping[str, float]) -> float:
    """A measure's value, from the totals of its parts. Nothing by nothing is 0."""
    formula = CATALOGUE[id_].formula
    if isinstance(formula, Sum):
        return sums[id_]
    return formula.times * sums[formula.of] / sums[formula.by] if sums[formula.by] else 0.0


EVERYTHING: Mapping[str, float] = MappingProxyType({})
"""Weights that change nothing."""


def weighted(sums: Mapping[str, float], weights: Mapping[str, float]) -> dict[str, float]:
    """Totals, each times its weight (1 where none is named)."""
    return {part: total * weights.get(part, 1.0) for part, total in sums.items()}
