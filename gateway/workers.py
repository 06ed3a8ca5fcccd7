"""Several processes of one work: fork them, respawn what dies, pass signals on.

The supervisor has no loop and no threads, so forking it is safe; it only waits for signals. It must not be given more to do.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import traceback
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger("gateway.workers")

EXIT_CANNOT_SERVE = 1
EXIT_BAD_SETTINGS = 2
_EXIT_CRASHED = 70
_HOPELESS = frozenset({EXIT_CANNOT_SERVE, EXIT_BAD_SETTINGS})
"""A worker that ends so would end so again: then all end."""
_HEARD = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGALRM})
_RESPAWN_PAUSE_S = 1.0
"""Between the start of a worker that died young and its successor's: a crash loop must not eat a core."""
_KILL_MARGIN_S = 5.0
"""Beyond the drain; a worker that is still there then hangs."""


class Supervisor:
    """Runs `work` in `workers` child processes until it is told to stop, or their work is hopeless.

    `work` takes its leash (see gateway/stop.py) and gives an exit code. `on_stop` closes the supervisor's own hold on the
    listening sockets, so that the port is refused once the workers have closed theirs.
    """

    def __init__(
        self, work: Callable[[int], int], *, workers: int, on_stop: Callable[[], None], drain_s: float
    ) -> None:
        self._work = work
        self._workers = workers
        self._on_stop = on_stop
        self._drain_s = drain_s
        self._leash_fd, self._held_fd = os.pipe()
        self._started: dict[int, float] = {}
        self._respawn_at: list[float] = []
        self._stopping = False
        self._exit_code = 0

    def run(self) -> int:
        """The exit code when every worker has ended: 0 drained, 128 + n after a second signal, or a worker's."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        try:
            for _ in range(self._workers):
                self._spawn(before)
            while self._started or self._respawn_at:
                self._hear(signal.Signals(signal.sigwait(_HEARD)), before)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(self._held_fd)
            os.close(self._leash_fd)
        return self._exit_code

    def _hear(self, heard: signal.Signals, mask: set[signal.Signals | int]) -> None:
        if heard in (signal.SIGTERM, signal.SIGINT):
            self._exit_code = 128 + heard if self._stopping else 0
            self._stop()
        elif heard is signal.SIGHUP:
            self._tell(signal.SIGHUP)
        elif heard is signal.SIGCHLD:
            self._reap()
        elif self._stopping:
            self._tell(signal.SIGKILL)
        self._respawn_due(mask)

    def _stop(self) -> None:
        """Pass it on; the second one too, which ends the workers at once."""
        if not self._stopping:
            self._stopping = True
            self._respawn_at.clear()
            self._on_stop()
            signal.setitimer(signal.ITIMER_REAL, self._drain_s + _KILL_MARGIN_S)
        self._tell(signal.SIGTERM)

    def _tell(self, number: signal.Signals) -> None:
        for pid in self._started:
            os.kill(pid, number)  # not reaped yet, so the pid is still this worker's

    def _reap(self) -> None:
        """Collect every worker that has ended; one signal may stand for several."""
        while self._started:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            started = self._started.pop(pid, None)
            if started is not None and not self._stopping:
                self._replace(pid, os.waitstatus_to_exitcode(status), started)

    def _replace(self, pid: int, code: int, started: float) -> None:
        if code in _HOPELESS:
            _LOG.error("worker %d cannot serve (exit code %d); stopping", pid, code)
            self._exit_code = code
            self._stop()
            return
        _LOG.error("worker %d died (exit code %d); starting another", pid, code)
        self._respawn_at.append(max(time.monotonic(), started + _RESPAWN_PAUSE_S))

    def _respawn_due(self, mask: set[signal.Signals | int]) -> None:
        """Start what may be started; wake up for the rest."""
        now = time.monotonic()
        due = [at for at in self._respawn_at if at <= now]
        self._respawn_at = [at for at in self._respawn_at if at > now]
        for _ in due:
            self._spawn(mask)
        if self._respawn_at:
            signal.setitimer(signal.ITIMER_REAL, max(0.01, min(self._respawn_at) - now))

    def _spawn(self, mask: set[signal.Signals | int]) -> None:
        pid = os.fork()
        if not pid:
            self._be_worker(mask)
        self._started[pid] = time.monotonic()

    def _be_worker(self, mask: set[signal.Signals | int]) -> NoReturn:
        """The child: work, then leave without unwinding into the supervisor's frames or running its exit hooks."""
        code = _EXIT_CRASHED
        try:
            os.close(self._held_fd)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the work has its own answer to it
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            code = self._work(self._leash_fd)
        except BaseException:  # noqa: BLE001 - the last frame of this process
            traceback.print_exc()
        finally:
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
