"""Wait for what another process does: on the condition itself, and never for ever."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

WAIT_S = 20.0
STEP_S = 0.01

Found = TypeVar("Found")


def eventually(condition: Callable[[], Found], within_s: float = WAIT_S) -> Found:
    """What `condition` gives once it is true. Raises AssertionError if it never is."""
    pause = threading.Event()
    for _ in range(int(within_s / STEP_S)):
        if found := condition():
            return found
        pause.wait(STEP_S)
    raise AssertionError(f"not within {within_s} s: {condition}")
