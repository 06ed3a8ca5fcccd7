"""A gateway as it is deployed: `gateway run` on a settings file, as processes, in front of the recording backend.

    with deployed(folder, workers=4) as gateway:
        gateway.ask(b"GET /api/ping HTTP/1.1 ...")

`DEPLOYMENTS` are the forms that must behave alike; a further transport is one more row.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import queue
import resource
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.settings import load_file
from keys.secret import CHECKSUM_LENGTH, SECRET_LENGTH
from tests.fakes.raw_backend import unused_port
from tests.hostile.backend import Backend
from tests.hostile.keyring import Keyring, mint_keyring
from tests.hostile.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S = 30
SECRET_AND_CHECKSUM = SECRET_LENGTH + CHECKSUM_LENGTH
GATEWAY = (str(Path(sys.executable).with_name("gateway")),)
ASGI_LANE = (sys.executable, "-m", "tests.hostile.asgi_lane")
TEMPLATE = Path(__file__).with_name("gateway.yaml")


@dataclass(frozen=True, slots=True)
class Deployment:
    """One form of the product: what is run, and how many processes serve."""

    name: str
    workers: int = 1
    program: tuple[str, ...] = GATEWAY


DEPLOYMENTS = (
    Deployment("direct-1"),
    Deployment("direct-4", workers=4),
    Deployment("asgi-1", program=ASGI_LANE),
    Deployment("asgi-4", program=ASGI_LANE, workers=4),
)


class Output:
    """What a process prints: kept whole in a file, and its JSON events as they come."""

    def __init__(self, stream, file: Path) -> None:
        self._stream = stream
        self._file = file
        self._events: queue.Queue[dict | None] = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._file.open("ab") as file:
            for line in self._stream:
                file.write(line)
                if b'"event":"request"' not in line:
                    self._events.put(_event(line))
        self._events.put(None)

    def hear(self, event: str) -> dict:
        """The next of this event; others are passed over. Fails when the process ends without it."""
        while (said := self._events.get(timeout=WAIT_S)) is not None:
            if said.get("event") == event:
                return said
        raise AssertionError(f"it ended without {event!r}: {self._file.read_text()[-2000:]}")

    def close(self) -> None:
        self._thread.join(WAIT_S)
        self._stream.close()


def _event(line: bytes) -> dict:
    try:
        return json.loads(line)
    except ValueError:
        return {"event": "not JSON", "line": line.decode("latin-1")}


@dataclass
class Deployed:
    """One running gateway. Every path in it is a file that the gateway has written; the tests of secrets read them all."""

    folder: Path
    environment: dict[str, str]
    workers: int
    backend: Backend
    keys: Keyring
    descriptors: int | None = None
    program: tuple[str, ...] = GATEWAY
    port: int = 0
    status_port: int = 0
    process: subprocess.Popen[bytes] = field(init=False)
    output: Output = field(init=False)

    @property
    def log(self) -> str:
        return (self.folder / "gateway.log").read_text("utf-8")

    @property
    def settings_file(self) -> Path:
        return self.folder / "gateway.yaml"

    @property
    def database(self) -> Path:
        return self.folder / "keys.db"

    def start(self) -> None:
        """Run it, until every worker says that it is ready."""
        command = [*self.program, "run", "--config", str(self.settings_file)]
        with (self.folder / "gateway.err").open("ab") as errors:
            self.process = subprocess.Popen(
                [*command, "--workers", str(self.workers)],
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **self.environment},
            )
        if self.descriptors:  # long before it opens its first socket
            resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))
        self.output = Output(self.process.stdout, self.folder / "gateway.log")
        for _ in range(self.workers):
            ports = self.output.hear("ready")["ports"]
        self.port, self.status_port = ports["proxy"], ports["admin"]

    def tell(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def stop(self) -> int:
        """Drain and end; the exit code."""
        if self.process.poll() is None:
            self.tell(signal.SIGTERM)
        return self.end()

    def end(self) -> int:
        """Wait for the end of a gateway that was told to stop; the exit code. Kills what does not end."""
        try:
            return self.process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.output.close()

    def connect(self) -> Wire:
        return Wire(self.port)

    def worker_pids(self) -> list[int]:
        """The processes that serve."""
        if self.workers == 1:
            return [self.process.pid]
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def require_no_secret(self) -> None:
        """K1: the text of no key, nor its secret part, is in any file that the gateway has written."""
        minted = [text for name, text in self.keys.texts.items() if name != "UNKNOWN"]
        secrets = [text[-SECRET_AND_CHECKSUM:].encode() for text in minted]
        for file in self.folder.rglob("*"):
            content = file.read_bytes()
            assert not any(secret in content for secret in secrets), file

    def require_unharmed(self) -> None:
        """No bug of ours showed: no unexpected exception, no task that died, nothing on standard error, no secret."""
        self.require_no_secret()
        assert '"level":"error"' not in "\n".join(
            line for line in self.log.splitlines() if '"event":"request"' not in line
        )
        assert "Traceback" not in self.log
        assert '"status":500' not in self.log
        assert (self.folder / "gateway.err").read_text() == ""


@contextlib.contextmanager
def deployed(
    folder: Path,
    *,
    workers: int = 1,
    program: tuple[str, ...] = GATEWAY,
    descriptors: int | None = None,
    **variables: object,
) -> Iterator[Deployed]:
    """A gateway in `folder` with fresh keys, and its backend. `variables` are those of gateway.yaml."""
    with Backend() as backend:
        environment = {
            "STORE": f"sqlite:///{folder / 'keys.db'}",
            "BACKEND_PORT": str(backend.port),
            "DEAD_PORT": str(unused_port()),
            "PYTHONUNBUFFERED": "1",
        } | {name: str(value) for name, value in variables.items()}
        (folder / "gateway.yaml").write_bytes(TEMPLATE.read_bytes())
        keys = asyncio.run(mint_keyring(load_file(folder / "gateway.yaml", environment)))
        gateway = Deployed(folder, environment, workers, backend, keys, descriptors, program)
        try:
            gateway.start()
            yield gateway
        finally:
            gateway.stop()
