"""One timer for all deadlines of a connection.

Moving a deadline to later, which happens twice per request, is one assignment: the timer stays where it is, and when it
fires too early it is set again. So a busy connection costs the loop one timer in seconds, not two per request.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle
    from collections.abc import Callable

_EARLY_S = 0.002
"""How much before its time a timer may fire: uvloop rounds to milliseconds."""


class Alarm:
    """Calls `ring` once when the loop's clock has passed the nearer of two deadlines (inf: never).

    `read_by`: what the connection's state waits for from the client; `write_by`: for a full send buffer to empty.
    """

    __slots__ = ("_due", "_handle", "_loop", "_ring", "read_by", "write_by")

    def __init__(self, loop: AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._handle: TimerHandle | None = None
        self._due = inf
        self.read_by = inf
        self.write_by = inf

    def expect_read(self, within_s: float) -> None:
        """Give the client so long, from now, for the next thing it owes."""
        self.expect_read_by(self._loop.time() + within_s)

    def expect_read_by(self, deadline: float) -> None:
        """The same by the loop's clock; inf: the client owes nothing."""
        self.read_by = deadline
        if deadline < self._due:
            self._arm(deadline)

    def expect_write(self, within_s: float) -> None:
        """Give the client so long to take what fills the send buffer (inf: there is room)."""
        self.write_by = self._loop.time() + within_s
        if self.write_by < self._due:
            self._arm(self.write_by)

    def cancel(self) -> None:
        """Never ring again."""
        self.read_by = self.write_by = inf
        if self._handle is not None:
            self._handle.cancel()
            self._handle, self._due = None, inf

    def _arm(self, due: float) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._due = due
        self._handle = self._loop.call_at(due, self._fire)

    def _fire(self) -> None:
        self._handle, self._due = None, inf
        nearer = min(self.read_by, self.write_by)
        if self._loop.time() + _EARLY_S >= nearer:
            self._ring()
        elif nearer != inf:
            self._arm(nearer)
