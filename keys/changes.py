"""The change feed: tells a process what other processes changed, so that it drops what it remembered.

The store numbers every change in the order of the commits. A feed remembers the number it has applied, reads what is
behind it, and goes on from there after any failure: nothing is missed, however long the store was away. Polling alone
is enough; whatever hears of a change earlier (a use case in this process, LISTEN/NOTIFY) calls `notice()`.
"""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from keys.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from keys.model import Change

NEVER_READ = float("inf")


class FeedState(StrEnum):
    """Does the feed keep up?"""

    FRESH = "fresh"
    FAILING = "failing"


class ChangeSource(Protocol):
    """The part of a key store that a feed reads."""

    async def latest_change(self) -> int: ...
    async def changes_since(self, seq: int, limit: int = ...) -> Sequence[Change]: ...


def _ignore(*_about: object) -> None:
    """Nobody asked to be told."""


class ChangeFeed:
    """Reads changes and hands each to `on_change`, in order. Run it as a task; cancel the task to stop it.

    `on_reset` is called when it cannot be said what changed (at the start, and when the store was put back to an older
    state): everything remembered is to be dropped. `on_applied` is told the number reached, when a reading moved it.
    `on_state` is called when reading begins to fail and when it works
    again, with the error or None. All three are called on the event loop and must not block.

    Mutable state, touched on the event loop only: the number applied, when reading last worked, and the wake-up.
    """

    def __init__(
        self,
        source: ChangeSource,
        on_change: Callable[[Change], None],
        *,
        interval_s: float = 0.2,
        timeout_s: float = 2.0,
        on_reset: Callable[[], None] = _ignore,
        on_applied: Callable[[int], None] = _ignore,
        on_state: Callable[[FeedState, Exception | None], None] = _ignore,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._on_change = on_change
        self._on_reset = on_reset
        self._on_applied = on_applied
        self._on_state = on_state
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._applied: int | None = None
        self._read_at_s: float | None = None
        self._state: FeedState | None = None
        self._woken = asyncio.Event()

    @property
    def applied(self) -> int | None:
        """The number of the last change applied; None before the first reading."""
        return self._applied

    def age_s(self) -> float:
        """How old is what is known: seconds since the last reading that worked was begun; infinite before the first."""
        return NEVER_READ if self._read_at_s is None else self._monotonic() - self._read_at_s

    def notice(self) -> None:
        """Something changed: read now and not at the end of the interval."""
        self._woken.set()

    async def run(self) -> None:
        """Reads for ever."""
        while True:
            self._woken.clear()
            await self.read_once()
            await self._pause()

    async def read_once(self) -> bool:
        """Applies everything that is new. False if the store could not be read; its number is kept then."""
        begun_s = self._monotonic()
        before = self._applied
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._catch_up()
        except (StoreUnavailable, TimeoutError) as error:
            self._turn(FeedState.FAILING, error)
            return False
        self._read_at_s = begun_s
        if self._applied is not None and self._applied != before:
            self._on_applied(self._applied)
        self._turn(FeedState.FRESH, None)
        return True

    async def _catch_up(self) -> None:
        latest = await self._source.latest_change()
        if self._applied is None or latest < self._applied:
            self._reset(latest)
        while self._applied is not None and self._applied < latest:
            changes = await self._source.changes_since(self._applied)
            if not changes or changes[0].seq != self._applied + 1:
                self._reset(latest)  # rows of the feed are gone: nobody can say what they said
                return
            for change in changes:
                self._on_change(change)
                self._applied = change.seq

    def _reset(self, applied: int) -> None:
        self._on_reset()
        self._applied = applied

    def _turn(self, state: FeedState, error: Exception | None) -> None:
        if state is not self._state:
            self._state = state
            self._on_state(state, error)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._interval_s):
                await self._woken.wait()
        except TimeoutError:
            return
