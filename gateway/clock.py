"""Wall-clock time that never goes back within a process, so that a clock stepped back revives no expired key (A9)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class ForwardClock:
    """Unix seconds; where the system's clock goes back, the latest time seen stands until it is reached again."""

    __slots__ = ("_latest_s", "_source")

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._latest_s = source()

    def __call__(self) -> float:
        self._latest_s = max(self._latest_s, self._source())
        return self._latest_s
