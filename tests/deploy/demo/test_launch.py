"""`gateway demo` as a process: how it begins, what it leaves for programs, and that it leaves nothing behind."""

from __future__ import annotations

import json
import signal
import socket
import stat
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from deploy.demo.sample_keys import ORDERS
from deploy.demo.seed import OTHER_PIXEL, PIXEL
from keys import parse_key
from tests.integration.process import command
from tests.integration.running_demo import RunningDemo
from tests.integration.waiting import eventually


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A demo that was started, looked at, and ended by Ctrl-C."""
    running = RunningDemo(tmp_path_factory.mktemp("demo"))
    mode = stat.S_IMODE(running.keys_file.stat().st_mode)
    children = children_of(running.pid)
    ready = httpx.get(f"{running.admin_url}/readyz", trust_env=False)
    errors = running.errors
    code = running.end(signal.SIGINT)
    return running, mode, children, ready, errors, code


def children_of(pid: int) -> list[int]:
    """The processes that this one has started (Linux)."""
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_the_keys_file_has_its_fixed_face(ended):
    running = ended[0]
    written = json.loads(running.keys_file.read_text())
    assert list(written) == ["base_url", "admin_url", "admin_token", "keys"]
    assert written["base_url"].startswith("http://127.0.0.1:")
    assert written["admin_url"].startswith("http://127.0.0.1:")
    assert len(written["admin_token"]) >= 32
    assert list(written["keys"]) == list(ORDERS)
    for name, sample in written["keys"].items():
        api, _, _ = name.partition("_")
        assert set(sample) == ({"key", "pixel"} if api == "upstack" else {"key"})
        assert parse_key(sample["key"], {"upstack": "upstack", "dashtrack": "dt"}[api])
        if api == "upstack":
            assert sample["pixel"] == (OTHER_PIXEL if name == "upstack_other_pixel" else PIXEL)
    assert len({sample["key"] for sample in written["keys"].values()}) == len(ORDERS)


def test_the_keys_file_is_its_owners_alone(ended):
    assert ended[1] == 0o600


def test_it_is_ready_when_it_says_so(ended):
    ready = ended[3]
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")


def test_ctrl_c_ends_it_and_all_that_it_started(ended):
    running, _, children, _, errors, code = ended
    assert code == 0
    assert errors == ""
    assert children
    assert all(is_gone(child) for child in children)
    assert list(running.temporary.iterdir()) == []


def test_it_says_ready_and_stopped_in_the_log(ended):
    running = ended[0]
    events = [json.loads(line)["event"] for line in running.lines if line.startswith("{")]
    assert events.index("ready") < events.index("draining") < events.index("stopped")


def test_its_backends_end_with_it_even_when_it_is_killed(tmp_path):
    running = RunningDemo(tmp_path)
    children = children_of(running.pid)
    assert running.end(signal.SIGKILL) == -signal.SIGKILL
    assert children
    eventually(lambda: all(is_gone(child) for child in children))


@pytest.mark.parametrize(("taken", "listener"), [("--port", "proxy"), ("--admin-port", "admin")])
def test_a_port_in_use_is_one_line_and_leaves_nothing_running(tmp_path, taken, listener):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        free = {"--port": "--admin-port", "--admin-port": "--port"}[taken]
        told = command(
            "gateway", "demo", taken, port, free, 0, "--keys-file", tmp_path / "keys.json", TMPDIR=str(tmp_path)
        )
    assert told.returncode == 1
    assert told.stderr == f"error: cannot listen on 127.0.0.1:{port} ({listener}): Address already in use\n"
    assert list(tmp_path.iterdir()) == []
    assert [process for process in Path("/proc").glob("[0-9]*") if str(tmp_path) in command_line(process)] == []


def command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:  # it has just ended
        return ""


@pytest.mark.parametrize(("name", "why"), [("no/keys.json", "No such file or directory"), ("", "Is a directory")])
def test_a_keys_file_that_cannot_be_written_is_one_line(tmp_path, name, why):
    file = tmp_path / name
    ports = ("--port", 0, "--admin-port", 0)
    told = command("gateway", "demo", *ports, "--keys-file", file, TMPDIR=str(tmp_path))
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == f"error: cannot write {file}: {why}\n"
    assert list(tmp_path.iterdir()) == []
