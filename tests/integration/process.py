"""One of the installed commands: run to its end, or running, with what it says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.integration.waiting import WAIT_S

COMMANDS = Path(sys.executable).parent
UNSET = ("UPSTACK_BASE_URL", "UPSTACK_API_KEY", "UPSTACK_PIXEL_ID", "GATEWAY_CONFIG")
"""What a command would read of the tester's own environment."""


def environment(**own: str) -> dict[str, str]:
    """The environment of a command: the tester's without `UNSET`, and `own`."""
    return {name: value for name, value in os.environ.items() if name not in UNSET} | {"COLUMNS": "200"} | own


def command(name: str, *arguments: object, **own: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; `own` is its environment beside the usual."""
    return subprocess.run(
        [COMMANDS / name, *map(str, arguments)],
        env=environment(**own),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


class Process:
    """A command that is running. Its standard error goes to a file in `folder`.

    `lines` is what it has said on standard output so far; `heard` guards it and wakes who waits for more.
    """

    def __init__(self, folder: Path, *arguments: str, **own: str) -> None:
        self._errors = (folder / "stderr").open("w+")
        self.popen = subprocess.Popen(
            [COMMANDS / arguments[0], *arguments[1:]],
            env=environment(**own),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self.pid = self.popen.pid
        self.lines: list[str] = []
        self.heard = threading.Condition()
        self._is_silent = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.popen.stdout:
            with self.heard:
                self.lines.append(line)
                self.heard.notify_all()
        with self.heard:
            self._is_silent = True
            self.heard.notify_all()

    @property
    def errors(self) -> str:
        """Its standard error so far."""
        return Path(self._errors.name).read_text()

    def hear(self, wanted) -> str:
        """The first line for which `wanted` is true, waiting for it if need be. Raises AssertionError: it never comes."""
        with self.heard:
            self.heard.wait_for(lambda: self._is_silent or any(map(wanted, self.lines)), WAIT_S)
            found = next(filter(wanted, self.lines), None)
        assert found is not None, f"it never said so, but: {''.join(self.lines[-5:])}{self.errors}"
        return found

    def record(self, request_id: str) -> dict:
        """The log line of a request."""
        return json.loads(
            self.hear(lambda line: line.startswith("{") and f'"request_id":"{request_id}"' in line),
        )

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it the signal, unless it has ended already; the exit code."""
        if self.popen.poll() is None:
            os.kill(self.pid, number)
        code = self.popen.wait(WAIT_S)
        self._reader.join(WAIT_S)
        self.popen.stdout.close()
        self._errors.close()
        return code
