"""The deadline of a call, which a busy event loop does not use up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Deadline:
    """Cancels the task that entered it when its time is over, and swallows that cancellation: `with Deadline(0.05): ...`.

    The time runs in two halves. When something else has held up the loop, the first ends at once, although the reply may
    be there and only unread; it is read during the second.
    """

    __slots__ = ("_half_s", "_task", "_timer", "expired")

    def __init__(self, timeout_s: float) -> None:
        self._half_s = timeout_s / 2
        self._task: asyncio.Task[object] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.expired = False

    def __enter__(self) -> Self:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(self._half_s, self._at_half)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if self._timer is not None:
            self._timer.cancel()
        if not self.expired or self._task is None:
            return False
        # by `uncancel`, whoever else cancelled the task still counts
        return self._task.uncancel() == 0 and kind is asyncio.CancelledError

    def _at_half(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._half_s, self._at_end)

    def _at_end(self) -> None:
        self.expired = True
        if self._task is not None:
            self._task.cancel()
