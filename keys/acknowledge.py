"""Waiting until every process that serves keys has applied a change: how long it took, or who has not."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.nodes import Node, Register

DEADLINE_S = 5.0
FIRST_POLL_S = 0.005
LAST_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Applied:
    """A process that has applied the change, and how long after the waiting began that was seen."""

    node: Node
    took_s: float


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who has applied change `seq`, and who had not at the deadline. `now` is the database's time at the end."""

    seq: int
    took_s: float
    now: float
    applied: tuple[Applied, ...]
    missing: tuple[Node, ...]

    @property
    def is_complete(self) -> bool:
        """Does no process serve a key any more as it was before the change?"""
        return not self.missing


async def wait_until_applied(
    register: Register,
    seq: int,
    deadline_s: float = DEADLINE_S,
    *,
    monotonic: Callable[[], float] = time.monotonic,
) -> Acknowledgement:
    """Returns when every process that may serve keys from memory has applied change `seq`, or at the deadline.

    A process whose lease has run out serves none (see keys.nodes), so it is not waited for. Raises StoreUnavailable.
    """
    begun_s, pause_s = monotonic(), FIRST_POLL_S
    seen: dict[str, Applied] = {}
    while True:
        now, nodes = await register.roll()
        took_s = monotonic() - begun_s
        for node in nodes:
            if node.applied >= seq and node.id not in seen:
                seen[node.id] = Applied(node, took_s)
        missing = tuple(node for node in nodes if node.applied < seq and node.is_trusting(now))
        if not missing or took_s >= deadline_s:
            return Acknowledgement(seq, took_s, now, tuple(seen.values()), missing)
        await asyncio.sleep(min(pause_s, max(deadline_s - took_s, 0)))
        pause_s = min(pause_s * 2, LAST_POLL_S)
