"""`gateway demo` as a process of its own: what it wrote, what it says, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.integration.waiting import WAIT_S, eventually

COMMANDS = Path(sys.executable).parent
UNSET = ("UPSTACK_BASE_URL", "UPSTACK_API_KEY", "UPSTACK_PIXEL_ID", "GATEWAY_CONFIG")


def command(name: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one of the installed commands to its end, with nothing of the tester's environment that it would read."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    return subprocess.run(
        [COMMANDS / name, *map(str, arguments)],
        env=kept | {"COLUMNS": "200"} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


class RunningDemo:
    """A demo started in `folder`, ready when made. All of its temporary files are below `folder` too.

    `lines` is what it has said on standard output so far; `heard` guards it and wakes who waits for more.
    """

    def __init__(self, folder: Path, *, port: int = 0, admin_port: int = 0) -> None:
        self.keys_file = folder / "keys.json"
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self._errors = (folder / "stderr").open("w+")
        ports = ("--port", str(port), "--admin-port", str(admin_port))
        self.process = subprocess.Popen(
            [COMMANDS / "gateway", "demo", *ports, "--keys-file", str(self.keys_file)],
            env=os.environ | {"TMPDIR": str(self.temporary)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self.lines: list[str] = []
        self.heard = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            eventually(lambda: self.keys_file.exists() or self.process.poll() is not None)
            self.hear(lambda line: "Ctrl-C" in line)  # the last line of the banner
        except AssertionError:
            self.end(signal.SIGKILL)
            raise AssertionError(f"it did not start: {self.errors}") from None
        self.written = json.loads(self.keys_file.read_text())
        self.base_url: str = self.written["base_url"]
        self.admin_url: str = self.written["admin_url"]

    def _read(self) -> None:
        for line in self.process.stdout:
            with self.heard:
                self.lines.append(line)
                self.heard.notify_all()

    @property
    def errors(self) -> str:
        """Its standard error so far."""
        self._errors.flush()
        return Path(self._errors.name).read_text()

    @property
    def folder(self) -> Path:
        """Where it keeps its settings and its database."""
        (folder,) = self.temporary.glob("gateway-demo-*")
        return folder

    @property
    def config(self) -> Path:
        return self.folder / "gateway.yaml"

    @property
    def banner(self) -> str:
        """All that it said to a person."""
        return "".join(line for line in self.lines if not line.startswith("{"))

    def hear(self, wanted) -> str:
        """The first line for which `wanted` is true, waiting for it if need be."""
        with self.heard:
            if not self.heard.wait_for(lambda: any(map(wanted, self.lines)), WAIT_S):
                raise AssertionError(f"it never said so: {''.join(self.lines[-5:])}")
            return next(filter(wanted, self.lines))

    def record(self, request_id: str) -> dict:
        """The log line of a request."""
        line = self.hear(lambda line: line.startswith("{") and f'"request_id":"{request_id}"' in line)
        return json.loads(line)

    def key(self, name: str) -> str:
        """The text of a sample key."""
        return self.written["keys"][name]["key"]

    def headers(self, name: str) -> dict[str, str]:
        """The credentials of a sample key, as its API wants them."""
        sample = self.written["keys"][name]
        if "pixel" in sample:
            return {"x-api-key": sample["key"], "x-pixel-id": sample["pixel"]}
        return {"authorization": f"Bearer {sample['key']}"}

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it the signal, unless it has ended already; the exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        code = self.process.wait(WAIT_S)
        self._reader.join(WAIT_S)
        self.process.stdout.close()
        self._errors.close()
        return code
