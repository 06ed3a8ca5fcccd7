"""The server as processes: drain, the second signal, workers that die, an address in use, no file descriptors left."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

WAIT_S = 20


class Process:
    """A small site in a process of its own; stopped, whatever happens, by its pid."""

    def __init__(self, **options) -> None:
        command = [sys.executable, "-m", "tests.integration.small_site", json.dumps(options)]
        self.popen = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.pid = self.popen.pid
        self._said: queue.Queue[dict | None] = queue.Queue()
        self.errors: list[str] = []
        self._readers = [threading.Thread(target=self._listen), threading.Thread(target=self._read_errors)]
        for reader in self._readers:
            reader.start()

    def _listen(self) -> None:
        for line in self.popen.stdout:
            self._said.put(json.loads(line))
        self._said.put(None)

    def _read_errors(self) -> None:
        self.errors += self.popen.stderr

    def hear(self, event: str) -> dict:
        """The next line of this event; others are passed over."""
        while said := self._said.get(timeout=WAIT_S):
            if said["event"] == event:
                return said
        raise AssertionError(f"it ended without {event!r}: {self.errors}")

    def tell(self, number: int, pid: int | None = None) -> None:
        os.kill(pid or self.pid, number)

    def end(self) -> int:
        """Wait for its end; the exit code."""
        code = self.popen.wait(WAIT_S)
        for reader in self._readers:
            reader.join(WAIT_S)
        return code

    def discard(self) -> None:
        if self.popen.poll() is None:
            self.popen.terminate()
            self.popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(5)
            self.popen.kill()
        self.end()
        self.popen.stdout.close()
        self.popen.stderr.close()


@pytest.fixture
def start():
    with contextlib.ExitStack() as stack:

        def start(**options) -> Process:
            process = Process(**options)
            stack.callback(process.discard)
            return process

        yield start


def ask(port: int, path: str = "/pid", *, wait: bool = True):
    """The answer's status, `connection` field and body; or, not waiting, the connection to get it from."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    connection.request("GET", path)
    if not wait:
        return connection
    return read(connection)


def read(connection) -> tuple[int, str | None, bytes]:
    with contextlib.closing(connection):
        response = connection.getresponse()
        return response.status, response.getheader("connection"), response.read()


def is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=WAIT_S).close()
    except ConnectionRefusedError:
        return True
    return False


def eventually(condition) -> None:
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.02)):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("it did not happen")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", [1, 2])
def test_it_drains(start, number, workers):
    process = start(workers=workers)
    ports = [process.hear("ready") for _ in range(workers)].pop()
    slow = ask(ports["proxy"], "/slow", wait=False)
    process.hear("begun")
    process.tell(number)
    for _ in range(workers):
        process.hear("drain")
    eventually(lambda: is_refused(ports["proxy"]))
    status, connection, _ = read(slow)
    assert (status, connection) == (200, "close")
    assert process.end() == 0
    assert process.errors == []


def test_the_status_listener_answers_while_the_proxy_drains(start):
    process = start()
    ports = process.hear("ready")
    slow = ask(ports["proxy"], "/slow", wait=False)
    process.hear("begun")
    process.tell(signal.SIGTERM)
    eventually(lambda: is_refused(ports["proxy"]))
    assert ask(ports["status"])[0] == 200
    assert read(slow)[0] == 200
    assert process.end() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_signal_ends_at_once(start, workers):
    process = start(workers=workers)
    ports = [process.hear("ready") for _ in range(workers)].pop()
    stuck = ask(ports["proxy"], "/never", wait=False)
    process.hear("begun")
    process.tell(signal.SIGTERM)
    for _ in range(workers):
        process.hear("drain")
    process.tell(signal.SIGTERM)
    assert process.end() == 128 + signal.SIGTERM
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        read(stuck)


def test_the_drain_is_bounded(start):
    process = start(drain_s=1)
    stuck = ask(process.hear("ready")["proxy"], "/never", wait=False)
    process.hear("begun")
    process.tell(signal.SIGTERM)
    process.hear("closed")
    assert process.end() == 0
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        read(stuck)


def test_an_address_in_use_is_one_line_and_exit_1(start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = start(port=port)
        assert process.end() == 1
    assert process.errors == [f"error: cannot listen on 127.0.0.1:{port} (proxy): Address already in use\n"]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_application_that_does_not_start_is_exit_1(start, workers):
    process = start(fails=True, workers=workers)
    assert process.end() == 1
    assert "error: the proxy listener did not start\n" in process.errors


def test_a_worker_that_dies_is_replaced_while_the_other_serves(start):
    process = start(workers=2)
    ready = [process.hear("ready") for _ in range(2)]
    port, pids = ready[0]["proxy"], {worker["pid"] for worker in ready}
    assert process.pid not in pids
    victim = min(pids)
    process.tell(signal.SIGKILL, victim)
    # Until the kernel has closed the dead one's socket, a connection may still be given to it.
    eventually(lambda: _is_dead(victim))
    assert ask(port)[0] == 200
    successor = process.hear("ready")["pid"]
    assert successor not in pids
    served = set()
    eventually(lambda: served.add(int(ask(port)[2])) or successor in served)
    assert victim not in served
    process.tell(signal.SIGTERM)
    assert process.end() == 0


def _is_dead(pid: int) -> bool:
    """Gone, or a zombie that its parent has not collected yet."""
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


@pytest.mark.parametrize("workers", [1, 2])
def test_a_hangup_asks_every_worker_to_reload(start, workers):
    process = start(workers=workers)
    pids = {process.hear("ready")["pid"] for _ in range(workers)}
    process.tell(signal.SIGHUP)
    assert {process.hear("reload")["pid"] for _ in range(workers)} == pids
    process.tell(signal.SIGTERM)
    assert process.end() == 0


def test_workers_do_not_outlive_their_supervisor(start):
    process = start(workers=2)
    port = [process.hear("ready")["proxy"] for _ in range(2)].pop()
    process.tell(signal.SIGKILL)
    for _ in range(2):
        process.hear("closed")
    eventually(lambda: is_refused(port))


def test_without_file_descriptors_it_recovers(start):
    process = start(descriptors=40)
    port = process.hear("ready")["proxy"]
    clients = [socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) for _ in range(80)]
    answered = 0
    for client in clients[:10]:
        client.sendall(b"GET /pid HTTP/1.1\r\nHost: a\r\n\r\n")
        answered += client.recv(100).startswith(b"HTTP/1.1 200 ")
    assert answered == 10
    for client in clients:
        client.close()
    eventually(lambda: _answers(port))
    process.tell(signal.SIGTERM)
    assert process.end() == 0


def _answers(port: int) -> bool:
    try:
        return ask(port)[0] == 200
    except (ConnectionError, http.client.HTTPException):
        return False
