"""F8 to F10, F12: processes that are killed, told to stop, out of disk or out of descriptors."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import sys

import pytest

from gateway.settings import load_file
from keys import Hasher, Lifecycle, open_store
from tests.faults.restarts import restart
from tests.hostile.deployed import deployed
from tests.hostile.rows.row import get
from tests.hostile.vitals import eventually, status_page
from tests.hostile.wire import Broken

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.mark.parametrize("more", [("--times", "20"), ("--times", "6", "--full")], ids=["killed", "disk full"])
def test_f8_nothing_acknowledged_is_lost(more):
    ran = subprocess.run(
        [sys.executable, "-m", "tests.faults.crashes", *more], check=False, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "lost or unsound: 0; audit chain broken: None" in ran.stdout
    if "--full" in more:
        assert " 0 changes refused" not in ran.stdout


def status(gateway, key: str, target: bytes = b"/api/ping") -> int:
    raw = get(target=target, identity=(b"x-api-key: {%b}" % key.encode(), b"x-pixel-id: pixel-a"))
    with gateway.connect() as wire:
        return wire.ask(gateway.keys.fill(raw)).status


def is_served(gateway, key: str, target: bytes = b"/api/ping") -> bool:
    try:
        return status(gateway, key, target) == 200
    except (Broken, OSError):
        return False


def revoke(gateway, name: str) -> None:
    """As another process would: through the store."""

    async def work() -> None:
        loaded = load_file(gateway.settings_file, gateway.environment)
        store = await open_store(loaded.settings.keys.store_url(loaded.folder))
        rules, hasher = loaded.settings.keys.mint_rules(), Hasher(loaded.settings.keys.hashing_params())
        await Lifecycle(store, rules, hasher).revoke(gateway.keys.ids[name], "test", "a test")
        await store.close()

    asyncio.run(work())


def test_f8_a_gateway_that_cannot_write_serves_on(tmp_path):
    """No byte can be written to any file (a full disk, a read-only one): keys are read and judged as before."""
    with deployed(tmp_path) as gateway:
        assert status(gateway, "KEY") == 200
        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        found = {name: status(gateway, name) for name in ("KEY", "READER", "UNKNOWN", "WRONG", "REVOKED")}
        assert found == {"KEY": 200, "READER": 200, "UNKNOWN": 401, "WRONG": 401, "REVOKED": 401}
        assert status_page(gateway, "/readyz")[0] == 200
        revoke(gateway, "READER")
        eventually(lambda: status(gateway, "READER") == 401, "the revocation is seen")
        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, UNLIMITED)
        assert status(gateway, "KEY") == 200


def test_f9_a_killed_worker_is_replaced_and_nobody_gets_anothers_answer(tmp_path):
    with deployed(tmp_path, workers=2) as gateway:
        killed = gateway.worker_pids()[0]
        wires = [gateway.connect() for _ in range(10)]
        os.kill(killed, signal.SIGKILL)
        gateway.output.hear("ready")
        assert killed not in gateway.worker_pids()
        assert len(gateway.worker_pids()) == 2
        for number, wire in enumerate(wires):
            target = b"/api/ping?number=%d" % number
            with contextlib.suppress(Broken):  # it was the killed worker's
                assert wire.ask(gateway.keys.fill(get(target=target))).body == target
            wire.close()
        assert {status(gateway, "KEY") for _ in range(20)} == {200}


@pytest.mark.parametrize("workers", [1, 2])
def test_f10_sigterm_under_load_fails_no_request(tmp_path, workers):
    answered, failed = restart(tmp_path, 2, workers)
    assert failed == []
    assert answered >= 2 * 8 * 20


def test_f12_out_of_descriptors_it_recovers(tmp_path):
    with deployed(tmp_path, descriptors=64) as gateway:
        assert status(gateway, "KEY") == 200
        flood = [gateway.connect() for _ in range(150)]
        for wire in flood:
            wire.send(b"GET /api/ping HTTP/1.1\r\n")
        for wire in flood:
            wire.close()
        # until it has closed what it took, a new connection may be reset: for want of a descriptor, by the event loop
        eventually(lambda: is_served(gateway, "KEY"), "a known key is served")
        eventually(lambda: is_served(gateway, "READER", b"/api/things"), "a cold key is served")
