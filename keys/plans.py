"""Plans: those that the settings declare together with those added in the store, and which limit a key lives under. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from keys.model import Limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from keys.model import KeyRecord, LimitBy, Plan

PERIODS_S: Mapping[str, int] = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
"""The periods that a limit may be counted over."""

MAX_COUNT = 10**9
LIMIT_ALLOWED = f"COUNT/PERIOD, as 100/hour; COUNT from 1 to {MAX_COUNT}, PERIOD one of {', '.join(PERIODS_S)}"

_LIMIT = re.compile(r"([0-9]{1,10})/([a-z]+)")


class EffectivePlan(NamedTuple):
    """What a key lives under: the plan's name (for headers, log, metric), the limit, and whose bucket it fills."""

    name: str
    limit: Limit
    by: LimitBy


class PlanBook:
    """Every plan by name. A name is in one place: the store refuses a declared one, and if both have it, settings win."""

    __slots__ = ("_declared", "_stored")

    def __init__(self, declared: Mapping[str, Plan], stored: Iterable[Plan] = ()) -> None:
        self._declared = dict(declared)
        self._stored = {plan.name: plan for plan in stored if plan.name not in declared}

    def find(self, name: str) -> Plan | None:
        return self._declared.get(name) or self._stored.get(name)

    def is_declared(self, name: str) -> bool:
        """Does this plan come from the settings file (and can be changed only there)?"""
        return name in self._declared

    def plans(self) -> list[Plan]:
        """Every plan, sorted by name."""
        return sorted((*self._declared.values(), *self._stored.values()), key=lambda plan: plan.name)

    def names(self) -> str:
        """Every name, for an error message."""
        return ", ".join(plan.name for plan in self.plans()) or "none yet"

    def resolve(self, record: KeyRecord) -> EffectivePlan | None:
        """The plan of a key and its limit: the key's own, else the account's, else the plan's.

        None when there is no such plan any more, or a custom one without a limit of key or account: the caller must
        refuse, for nobody has said how much this key may do.
        """
        key, account = record.key, record.account
        plan = self.find(key.plan or account.plan)
        if plan is None:
            return None
        limit = key.limit or account.limit or plan.limit
        return EffectivePlan(plan.name, limit, plan.by) if limit else None


def describe_limit(limit: Limit | None) -> str:
    """A limit as a person writes it: `100/hour`, `10/second, burst 100`; `custom` for None."""
    if limit is None:
        return "custom"
    period = next((name for name, period_s in PERIODS_S.items() if period_s == limit.period_s), f"{limit.period_s}s")
    burst = "" if limit.burst == limit.count else f", burst {limit.burst}"
    return f"{limit.count}/{period}{burst}"


def parse_limit(text: str, burst: int | None = None) -> Limit:
    """A limit from `100/hour`. Without `burst`, all of it may be used at once. Raises ValueError, saying what is allowed."""
    found = _LIMIT.fullmatch(text)
    period_s = PERIODS_S.get(found[2]) if found else None
    if not found or period_s is None or not 1 <= int(found[1]) <= MAX_COUNT:
        raise ValueError(f"{text!r} is no limit; allowed: {LIMIT_ALLOWED}")
    if burst is not None and not 1 <= burst <= MAX_COUNT:
        raise ValueError(f"{burst} is no burst; allowed: 1 to {MAX_COUNT}")
    return Limit(int(found[1]), period_s, burst or int(found[1]))
