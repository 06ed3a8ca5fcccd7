"""How long a request body may take: in total, and by its rate (SECURITY.md H19). Pure: times come from the caller."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.http.edge import Deadlines


class BodyClock:
    """Runs from `start` on, except while it is paused: a client cannot send what we do not read."""

    __slots__ = ("_began", "_deadlines", "_paused_at", "_received_bytes")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._began = inf
        self._paused_at: float | None = None
        self._received_bytes = 0

    def start(self, now: float) -> None:
        self._began = now

    def pause(self, now: float) -> None:
        if self._paused_at is None:
            self._paused_at = now

    def resume(self, now: float) -> None:
        if self._paused_at is not None:
            self._began += now - self._paused_at
            self._paused_at = None

    def count(self, received_bytes: int) -> None:
        self._received_bytes += received_bytes

    def deadline(self) -> float:
        """When the body is too late if nothing more of it comes."""
        if self._paused_at is not None:
            return inf
        by_rate_s = self._deadlines.body_grace_s + self._received_bytes / self._deadlines.body_bytes_per_s
        return self._began + min(self._deadlines.body_s, by_rate_s)
