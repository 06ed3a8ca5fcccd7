"""A Redis of a test's own: started in a temporary folder on a free port, stopped by its process id. Debian's package."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import redis

START_TIMEOUT_S = 20


class RedisServer:
    """One server. It can be killed and started again on the same port; what it held is gone then, unless saved."""

    def __init__(self, folder: Path, options: dict[str, object], program: str = "redis-server") -> None:
        found = shutil.which(program)
        if found is None:
            raise RuntimeError(f"these tests need {program} (Debian: apt-get install redis-server redis-sentinel)")
        self._program = found
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @classmethod
    @contextmanager
    def started(cls, **options: object):
        with tempfile.TemporaryDirectory(prefix="gateway-redis-") as folder:
            server = cls(Path(folder), options)
            server.start()
            try:
                yield server
            finally:
                server.kill()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self._folder,
            "save": "",
            "appendonly": "no",
            "enable-debug-command": "local",
            **{name.replace("_", "-"): value for name, value in self._options.items()},
        }
        arguments = [str(text) for name, value in options.items() for text in (f"--{name}", value)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([self._program, *arguments], stdout=log, stderr=log)
        self._wait_until_ready()

    def kill(self) -> None:
        """`kill -9`: nothing is saved, no connection is closed in an orderly way."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=START_TIMEOUT_S)
            self._process = None

    def pause(self) -> None:
        """The process stands still: connections stay open, nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def ask(self, *command: str | int):
        """The reply to one command, on a connection of its own."""
        with redis.Redis(port=self.port, socket_timeout=START_TIMEOUT_S, **self._credentials()) as client:
            return client.execute_command(*command)

    def answers_within(self, timeout_s: float) -> bool:
        """Whether it answers at all just now."""
        try:
            with redis.Redis(port=self.port, socket_timeout=timeout_s, retry=None, **self._credentials()) as client:
                client.ping()
        except redis.TimeoutError:
            return False
        return True

    def _credentials(self) -> dict[str, str]:
        return {"password": str(self._options["requirepass"])} if "requirepass" in self._options else {}

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                self.ask("PING")
            except redis.ConnectionError:
                if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("Redis did not start:\n" + (self._folder / "log").read_text()) from None
                time.sleep(0.01)
            else:
                return


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
