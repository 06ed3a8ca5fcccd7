"""`python -m deploy.demo.serve`, as a process."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

from deploy.demo.seed import PIXEL, VIEW
from deploy.demo.serve import announce, listen, main

PATIENCE_S = 30
VIEW_PATH = f"/accounts/api/dashboard/views/{VIEW}"


@contextmanager
def serving(folder, *flags, **options):
    """The process, and the ports that it announced on its standard output when it was ready."""
    command = [sys.executable, "-m", "deploy.demo.serve", "--folder", str(folder), *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options) as process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def url(ports, service):
    return f"http://127.0.0.1:{ports[service]}"


def test_it_serves_all_three_until_sigterm_and_keeps_what_was_made(tmp_path):
    headers = {"x-tenant-id": PIXEL}
    with serving(tmp_path) as (process, ports):
        assert set(ports) == {"db-mgmt", "accounts", "dashtrack"}
        with httpx.Client(headers=headers, trust_env=False) as client:
            assert client.get(url(ports, "db-mgmt") + "/db-mgmt/api/measures").status_code == 200
            assert client.get(url(ports, "dashtrack") + "/v1/clients").status_code == 200
            assert client.patch(url(ports, "accounts") + VIEW_PATH, json={"name": "Kept"}).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    with serving(tmp_path) as (process, ports):
        answer = httpx.get(url(ports, "accounts") + VIEW_PATH, headers=headers, trust_env=False)
        assert answer.json()["dashboardView"]["name"] == "Kept"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0


def test_chosen_ports_are_used_and_told_in_the_file(tmp_path):
    with listen(0) as taken:
        free = taken.getsockname()[1]
    command = [sys.executable, "-m", "deploy.demo.serve", "--folder", str(tmp_path), "--accounts-port", str(free)]
    ports_file = tmp_path / "ports.json"
    with subprocess.Popen(
        [*command, "--ports-file", str(ports_file), "--until-stdin-closes"], stdin=subprocess.PIPE
    ) as process:
        try:
            # polled, because nothing tells of a file that appears; when it does it is whole
            while process.poll() is None and not ports_file.exists():
                select.select([], [], [], 0.01)
            assert json.loads(ports_file.read_text())["accounts"] == free
            process.stdin.close()
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent death signal is Linux's")
def test_it_ends_when_its_parent_is_killed(tmp_path):
    """The parent is a process of its own; the end of the pipe that only the services still hold tells of their end."""
    code = (
        "import subprocess, sys;"
        "subprocess.Popen([sys.executable, '-m', 'deploy.demo.serve', '--folder', sys.argv[1]]).wait()"
    )
    reader, writer = os.pipe()
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=writer)
    os.close(writer)
    with os.fdopen(reader) as told:
        assert set(json.loads(told.readline())) == {"db-mgmt", "accounts", "dashtrack"}
        parent.kill()
        parent.wait(PATIENCE_S)
        assert select.select([told], [], [], PATIENCE_S)[0]
        assert told.read() == ""


def test_a_taken_port_is_told_in_one_line(tmp_path, capsys):
    with listen(0) as taken:
        assert main(["--folder", str(tmp_path), "--accounts-port", str(taken.getsockname()[1])]) == 1
    told = capsys.readouterr().err
    assert told.startswith("the sample backends cannot start: ")
    assert told.count("\n") == 1


def test_ports_are_announced_whole(tmp_path):
    announce({"accounts": 1}, tmp_path / "ports.json")
    assert [path.name for path in tmp_path.iterdir()] == ["ports.json"]
    assert json.loads((tmp_path / "ports.json").read_text()) == {"accounts": 1}


def test_listening_is_on_loopback_only():
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        assert listener.family is socket.AF_INET
