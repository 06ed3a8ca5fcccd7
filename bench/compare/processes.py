"""Programs started on one core each, waited for, and stopped by process id; and the CPU time they have taken."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOAD_CORE = 0
"""Where the load generator, the backend and Redis run."""

CONTENDER_CORE = 1
PATIENCE_S = 20.0
POLL_S = 0.02


class NotReady(Exception):  # noqa: N818 - what is said to whoever runs the measurement
    """A program did not come up, or ended at once."""


class Started:
    """The programs of one run. `close` stops them all, the last first."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    @classmethod
    @contextmanager
    def until_done(cls) -> Iterator[Started]:
        started = cls()
        with started._stack:
            yield started

    def run(self, core: int, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        """Starts a program on a core; what it prints is added to `log`."""
        with log.open("ab") as output:
            process = subprocess.Popen(["taskset", "-c", str(core), *command], stdout=output, stderr=output)
        self._stack.callback(_stop, process)
        return process


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Raises NotReady, with the end of the log, when the process ends or `ready` stays false."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline_s:
            raise NotReady(f"{process.args!r} is not ready: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(POLL_S)


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    wait_until(lambda: _answers(port), process, log)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def cpu_s(pid: int) -> float:
    """The CPU time that a process, its threads and its children have taken so far (from the scheduler's own account,
    which is in nanoseconds; the usual one counts ticks of 10 ms).
    """
    return sum(_on_cpu_ns(task) for member in _family(pid) for task in _tasks(member)) / 1e9


def _on_cpu_ns(task: Path) -> int:
    return int((task / "schedstat").read_text().split()[0])


def _tasks(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").iterdir())


def _family(pid: int) -> list[int]:
    members = [pid]
    for task in _tasks(pid):
        for child in (task / "children").read_text().split():
            members += _family(int(child))
    return members
