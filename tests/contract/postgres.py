"""A PostgreSQL server for tests: initdb, start, new databases, stop. Debian's packages, as an unprivileged user."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from itertools import count
from pathlib import Path

START_TIMEOUT_S = 60


class PostgresServer:
    """One running server. Its data live in `folder` and its only user is `keys`, without a password, on 127.0.0.1."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @classmethod
    @contextmanager
    def started(cls):
        # Not in pytest's folder: root must not run PostgreSQL, and the user that does could not pass through it.
        with tempfile.TemporaryDirectory(prefix="keys-postgres-") as folder:
            server = cls(_find_binaries(), Path(folder))
            server._initdb()
            try:
                server.start()
                yield server
            finally:
                server.stop()

    def start(self) -> None:
        """Starts it, on the same port and data as before; returns when it answers."""
        self._process = self._start()
        self._wait_until_ready(self._process)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Ends it: SIGINT in order (clients are cut off), SIGQUIT as in a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=START_TIMEOUT_S)
            self._process = None

    def cut_connections(self, url: str) -> None:
        """Ends every connection to a database, as a failing network or a failover would."""
        name = url.rpartition("/")[2]
        cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        self._as_owner("psql", *self._address(), "-d", "postgres", "-qAtc", cut)

    def new_database(self) -> str:
        """Creates an empty database; gives its URL."""
        name = f"keys_{next(self._numbers)}"
        self._as_owner("psql", *self._address(), "-d", "postgres", "-qc", f"CREATE DATABASE {name}")
        return f"postgresql://keys@127.0.0.1:{self.port}/{name}"

    def _initdb(self) -> None:
        if os.geteuid() == 0:
            owner = _unprivileged()
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        options = ("--auth=trust", "--username=keys", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
        self._as_owner("initdb", *options, "-D", str(self._folder / "data"))

    def _start(self) -> subprocess.Popen[bytes]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": 200,
        }
        arguments = [text for name, value in options.items() for text in ("-c", f"{name}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self._folder / "data"), *arguments]
        with (self._folder / "log").open("wb") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **_owner())

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        ready = [str(self._binaries / "pg_isready"), *self._address(), "-q", "-t", "1"]
        while subprocess.run(ready, check=False).returncode != 0:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start:\n" + (self._folder / "log").read_text())

    def _address(self) -> tuple[str, ...]:
        return "-h", "127.0.0.1", "-p", str(self.port), "-U", "keys"

    def _as_owner(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **_owner())


def _find_binaries() -> Path:
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        raise RuntimeError("these tests need PostgreSQL's server programs (Debian: apt-get install postgresql)")
    return found[-1]


def _owner() -> dict[str, object]:
    """Whom to run as: ourselves, or for root an unprivileged user."""
    if os.geteuid() != 0:
        return {}
    owner = _unprivileged()
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("root cannot run PostgreSQL, and there is neither a user postgres nor nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
