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

    def __init__(self, folder: Path, options: dict[str, object]) -> None:
        found = shutil.which("redis-server")
        if found is None:
            raise RuntimeError("these tests need redis-server (Debian: apt-get install redis-server)")
        self._program = found
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.bus_port = free_port()  # for the nodes of a Cluster among themselves

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
        secured = "tls-cert-file" in self._named()
        options = {
            "tls-port" if secured else "port": self.port,
            "bind": "127.0.0.1",
            "dir": self._folder,
            "save": "",
            "appendonly": "no",
            "repl-diskless-sync-delay": 0,
            "enable-debug-command": "local",
            **self._named(),
        }
        if "cluster-enabled" in options:
            options["cluster-port"] = self.bus_port
        arguments = [text for name, value in options.items() for text in (f"--{name}", *str(value).split(" "))]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([self._program, *arguments], stdout=log, stderr=log)
        self._wait_until_ready()

    def _named(self) -> dict[str, object]:
        return {name.replace("_", "-"): value for name, value in self._options.items()}

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
        with self._client(START_TIMEOUT_S) as client:
            return client.execute_command(*command)

    def answers_within(self, timeout_s: float) -> bool:
        """Whether it answers at all just now."""
        try:
            with self._client(timeout_s) as client:
                client.ping()
        except redis.TimeoutError:
            return False
        return True

    def _client(self, timeout_s: float) -> redis.Redis:
        options = {"ssl": True, "ssl_cert_reqs": "none"} if "tls_cert_file" in self._options else {}
        return redis.Redis(port=self.port, socket_timeout=timeout_s, retry=None, **options)

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


@contextmanager
def start_sentinel(primary_port: int):
    """One Sentinel that decides alone, within a second, over the primary of the service `limits`; gives its port."""
    found = shutil.which("redis-server")
    with tempfile.TemporaryDirectory(prefix="gateway-sentinel-") as folder:
        port, settings = free_port(), Path(folder) / "sentinel.conf"
        lines = (
            f"port {port}",
            "bind 127.0.0.1",
            f"dir {folder}",
            f"sentinel monitor limits 127.0.0.1 {primary_port} 1",
            "sentinel down-after-milliseconds limits 500",
            "sentinel failover-timeout limits 2000",
        )
        settings.write_text("\n".join(lines) + "\n")
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen([found, settings, "--sentinel"], stdout=log, stderr=log)
        try:
            yield port
        finally:
            process.kill()
            process.wait(timeout=START_TIMEOUT_S)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
