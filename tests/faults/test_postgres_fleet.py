"""Several gateway processes on one PostgreSQL, by command: mint, use, revoke and wait, refused everywhere."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess

import pytest
from sqlalchemy import text

from keys import open_store
from tests.faults.fleet import COMMANDS, PATIENCE_S, Gateways, mint, opened, settings, until, write


def keys(config, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [COMMANDS / "keys", *arguments, "--config", config],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == code, done.stderr
    return done


async def command(config, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(keys, config, *arguments, code=code)


async def test_the_story_of_a_key_on_a_fleet(tmp_path, store_url, backend):
    config = write(tmp_path, settings(store_url, backend.port))
    await command(config, "db", "upgrade")
    await command(config, "accounts", "add", "acme", "--name", "Acme", "--plan", "small")
    flags = ("--prefix", "px", "--name", "k", "--account", "acme", "--tenant", "pixel-1", "--scope", "boards:read")
    key = (await command(config, "mint", *flags)).stdout.strip()
    key_id = key.removeprefix("px_")[:10]
    async with Gateways.running(config, workers=2) as first, Gateways.running(config, workers=1) as second:
        for gateways in (first, first, first, second):
            assert await gateways.status_of(key) == 200
        nodes = json.loads((await command(config, "nodes", "list", "--json")).stdout)["nodes"]
        assert [(node["state"], node["behind"]) for node in nodes] == [("trusting", 0)] * 3
        done = await command(config, "revoke", key_id, "--why", "test", "--wait", "--json")
        acknowledged = json.loads(done.stdout)["acknowledgement"]
        assert acknowledged["complete"]
        assert {one["node"] for one in acknowledged["applied"]} == {node["node"] for node in nodes}
        assert [await gateways.status_of(key) for gateways in (first,) * 6 + (second,) * 2] == [401] * 8
    assert "No process serves these keys" in (await command(config, "nodes", "list")).stderr


async def test_who_has_not_applied_it_is_named_until_it_cannot_serve_the_key(tmp_path, store_url, backend):
    """A process that stands still (SIGSTOP) holds the wait up; once it may trust nothing any more, it does not."""
    config = write(tmp_path, settings(store_url, backend.port, stale_s=4))
    async with opened(store_url) as (_, lifecycle):
        key, key_id = await mint(lifecycle)
        async with Gateways.running(config) as gateways:
            assert await gateways.status_of(key) == 200
            gateways.process.send_signal(signal.SIGSTOP)
            try:
                refused = await command(config, "revoke", key_id, "--why", "t", "--wait", "--deadline", "0", code=1)
                assert f"pid {gateways.process.pid}" in refused.stderr
                assert "NOT applied" in refused.stderr
                done = await command(config, "revoke", key_id, "--why", "t", "--wait", "--deadline", "30s")
                assert "no gateway process is running" in done.stderr
            finally:
                gateways.process.send_signal(signal.SIGCONT)
            # What it remembered is too old now: it asks first, or says that it cannot tell.
            assert await gateways.status_of(key) in {401, 503}
            await until(gateways, key, 401)


async def test_a_killed_worker_is_replaced_and_nobody_waits_for_the_dead(tmp_path, store_url, backend):
    config = write(tmp_path, settings(store_url, backend.port))
    async with opened(store_url) as (store, lifecycle):
        key, key_id = await mint(lifecycle)
        async with Gateways.running(config, workers=2) as gateways:
            before = {node.id: node.pid for node in (await store.nodes.roll()).nodes}
            killed = next(iter(before))
            subprocess.run(["kill", "-9", str(before[killed])], check=True)
            async with asyncio.timeout(PATIENCE_S):
                while len(nodes := (await store.nodes.roll()).nodes) != 2 or killed in {node.id for node in nodes}:
                    await asyncio.sleep(0.02)
            assert await gateways.status_of(key) == 200
            await command(config, "revoke", key_id, "--why", "t", "--wait")
            assert await gateways.status_of(key) == 401


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (None, "holds no keys yet; try: keys db upgrade"),
        ("UPDATE alembic_version SET version_num = '0000'", "is at 0000, this version needs"),
    ],
)
async def test_a_gateway_on_another_schema_says_so_and_binds_nothing(tmp_path, store_url, backend, prepare, says):
    if prepare:
        store = await open_store(store_url, create=True)
        async with store._engine.connect() as connection:
            await connection.execute(text(prepare))
        await store.close()
    document = settings(store_url, backend.port)
    # The port is taken: a gateway that bound before it looked would say that instead.
    with socket.create_server(("127.0.0.1", 0)) as taken:
        document["listen"]["proxy"]["port"] = taken.getsockname()[1]
        config = write(tmp_path, document)
        done = await asyncio.to_thread(
            subprocess.run,
            [COMMANDS / "gateway", "run", "--config", config],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
