"""A clock that stands still until it is told to move."""

from __future__ import annotations


class FakeClock:
    """Microseconds, starting at an arbitrary moment that is not 0."""

    def __init__(self, now_us: int = 1_785_000_000_123_457) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        return self.now_us

    def advance(self, microseconds: int) -> None:
        self.now_us += microseconds
