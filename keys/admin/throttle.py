"""How often somebody may be wrong: a small bucket of failures for each address, or each operator. In memory, bounded."""

from __future__ import annotations

import math
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SUBJECTS = 10_000
IPV6_SITE_BITS = 64


class Throttle:
    """`burst` failures at once, and one more each `per_s / burst` seconds. An operator of one process: each counts alone.

    Mutable state, touched on the event loop only: `_spent`, how much of its bucket each subject has used, and when.
    """

    def __init__(self, burst: int, per_s: float, monotonic: Callable[[], float]) -> None:
        self._burst = burst
        self._refill_per_s = burst / per_s
        self._monotonic = monotonic
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, subject: str) -> int | None:
        """Takes one failure in advance. None if there was one left; else the seconds until there is."""
        now_s = self._monotonic()
        spent = self._level(subject, now_s)
        if spent + 1 > self._burst:
            return math.ceil((spent + 1 - self._burst) / self._refill_per_s)
        self._set(subject, spent + 1, now_s)
        return None

    def give_back(self, subject: str) -> None:
        """It was no failure after all."""
        now_s = self._monotonic()
        self._set(subject, max(0.0, self._level(subject, now_s) - 1), now_s)

    def _level(self, subject: str, now_s: float) -> float:
        spent, at_s = self._spent.get(subject, (0.0, now_s))
        return max(0.0, spent - (now_s - at_s) * self._refill_per_s)

    def _set(self, subject: str, spent: float, now_s: float) -> None:
        self._spent[subject] = (spent, now_s)
        self._spent.move_to_end(subject)
        if len(self._spent) > MAX_SUBJECTS:
            self._spent.popitem(last=False)


def site_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that an IPv6 address is in."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or (int(parsed) >> (128 - IPV6_SITE_BITS)))
    return address
