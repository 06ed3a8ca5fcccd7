"""How a process is told to stop: by signal, or by the loss of its supervisor."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

END_AT_ONCE_S = 2.0
"""After the second signal, for services to close what they hold; then the kernel ends the process."""


class Stop:
    """Hears signals while entered (in the main thread, inside the loop).

    The first SIGTERM or SIGINT sets `asked`, the second `insisted`; SIGHUP calls `on_reload`. With a `leash_fd`, the read
    end of a pipe that the supervisor holds, its end-of-file asks too, so that a worker never outlives its supervisor; a
    Ctrl-C at a terminal, which reaches the workers as well, is then left to the supervisor.
    """

    def __init__(self, on_reload: Callable[[], None], leash_fd: int | None) -> None:
        self.asked = asyncio.Event()
        self.insisted = asyncio.Event()
        self.exit_code = 0
        self._on_reload = on_reload
        self._leash_fd = leash_fd
        self._signals = (signal.SIGTERM,) if leash_fd is not None else (signal.SIGTERM, signal.SIGINT)

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in self._signals:
            loop.add_signal_handler(number, self._hear, number)
        loop.add_signal_handler(signal.SIGHUP, self._on_reload)
        if self._leash_fd is not None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            loop.add_reader(self._leash_fd, self._lose_leash)
        return self

    def __exit__(self, *_exc: object) -> None:
        loop = asyncio.get_running_loop()
        for number in (*self._signals, signal.SIGHUP):
            loop.remove_signal_handler(number)
        if self._leash_fd is not None:
            loop.remove_reader(self._leash_fd)

    def _hear(self, number: signal.Signals) -> None:
        if self.asked.is_set():
            signal.setitimer(signal.ITIMER_REAL, END_AT_ONCE_S)  # SIGALRM's default: the end
            self.exit_code = 128 + number
            self.insisted.set()
        self.asked.set()

    def _lose_leash(self) -> None:
        if self._leash_fd is not None and not os.read(self._leash_fd, 1):
            asyncio.get_running_loop().remove_reader(self._leash_fd)
            self.asked.set()
