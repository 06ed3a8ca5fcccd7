"""PostgreSQL is stopped, restarted, cut off and deaf while requests go on (SECURITY.md, F7).

Known keys are served throughout, unknown ones are answered 503 and never 401, what was revoked stays revoked, and what
was acknowledged is there afterwards.
"""

from __future__ import annotations

import asyncio
import signal

import pytest

from keys import StoreUnavailable, judge, open_store, wait_until_applied
from tests.faults.fleet import Gateways, mint, opened, settings, until, write
from tests.faults.traffic import Traffic

DEADLINE_S = 20


@pytest.fixture
async def keyring(breakable, store_url):
    """The store, and the use cases on it. PostgreSQL runs again at the end."""
    async with opened(store_url) as both:
        yield both
    breakable.stop()
    breakable.start()


def fleet(tmp_path, store_url, backend, workers=1, **authenticate):
    return Gateways.running(write(tmp_path, settings(store_url, backend.port, **authenticate)), workers)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
async def test_an_outage_with_traffic_on(tmp_path, breakable, store_url, backend, keyring, how):
    store, lifecycle = keyring
    (known, _), (revoked, revoked_id), (unknown, _) = [await mint(lifecycle) for _ in range(3)]
    async with fleet(tmp_path, store_url, backend) as gateways:
        for key in (known, revoked):
            assert await gateways.status_of(key) == 200
        await lifecycle.revoke(revoked_id, "test", "seen before the outage")
        assert (await wait_until_applied(store.nodes, await store.latest_change(), DEADLINE_S)).is_complete
        traffic = Traffic(gateways)
        async with traffic.running({"known": known}):
            await asyncio.to_thread(breakable.stop, how)
            async with traffic.running({"revoked": revoked, "unknown": unknown}, clients=1):
                for kind in ("known", "revoked", "unknown"):
                    await traffic.more(kind)
            await asyncio.to_thread(breakable.start)
            await until(gateways, unknown, 200)
            await until(gateways, revoked, 401)
        assert traffic.counts["known"].keys() == {200}
        assert traffic.counts["unknown"].keys() == {503}
        assert traffic.counts["revoked"].keys() <= {401, 503}


async def test_known_keys_are_trusted_for_so_long_and_then_answered_503(
    tmp_path, breakable, store_url, backend, keyring
):
    _, lifecycle = keyring
    key, _ = await mint(lifecycle)
    async with fleet(tmp_path, store_url, backend, stale_s=1) as gateways:
        traffic = Traffic(gateways)
        async with traffic.running({"known": key}):
            await traffic.more("known")
            assert traffic.counts["known"].keys() == {200}
            await asyncio.to_thread(breakable.stop)
            await until(gateways, key, 503)
            await asyncio.to_thread(breakable.start)
            await until(gateways, key, 200)
        assert traffic.counts["known"].keys() == {200, 503}
        lines = [line["event"] for line in gateways.lines]
        assert "key_changes_unreadable" in lines
        assert lines.index("key_changes_unreadable") < len(lines) - 1 - lines[::-1].index("key_changes_readable")


async def test_connections_that_are_cut_are_replaced_unseen(tmp_path, breakable, store_url, backend, keyring):
    """Each look-up that meets a dead connection tries once more; only a cut in the middle of it may show as 503."""
    _, lifecycle = keyring
    known, _ = await mint(lifecycle)
    fresh = [(await mint(lifecycle))[0] for _ in range(5)]
    async with fleet(tmp_path, store_url, backend, workers=2) as gateways:
        traffic = Traffic(gateways)
        assert await gateways.status_of(known) == 200
        async with traffic.running({"known": known}):
            for key in fresh:
                await asyncio.to_thread(breakable.cut_connections, store_url)
                assert await gateways.status_of(key) in {200, 503}
                await until(gateways, key, 200)
        assert traffic.counts["known"].keys() <= {200, 503}
        assert traffic.counts["known"][503] <= len(fresh)


async def test_a_revocation_whose_notice_is_lost_is_applied_all_the_same(
    tmp_path, breakable, store_url, backend, keyring
):
    """Every connection is cut and the key revoked before anybody listens again: the feed goes on from its number."""
    store, lifecycle = keyring
    async with fleet(tmp_path, store_url, backend, workers=2) as gateways:
        for _ in range(5):
            key, key_id = await mint(lifecycle)
            assert await gateways.status_of(key) == 200
            await asyncio.to_thread(breakable.cut_connections, store_url)
            await revoke_until_acknowledged(lifecycle, key_id)
            done = await wait_until_applied(store.nodes, await store.latest_change(), DEADLINE_S)
            assert done.is_complete
            assert len(done.applied) == 2
            assert [await gateways.status_of(key) for _ in range(4)] == [401] * 4


async def revoke_until_acknowledged(lifecycle, key_id: str) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                await lifecycle.revoke(key_id, "test", "notice lost")
            except StoreUnavailable:
                continue
            return


async def test_what_was_acknowledged_outlives_crashes(breakable, store_url, keyring):
    """A crash of PostgreSQL at any moment loses no mint and no revocation that was answered well."""
    _, lifecycle = keyring
    minted, revoked, stop = [], [], asyncio.Event()

    async def change() -> None:
        while not stop.is_set():
            try:
                _, key_id = await mint(lifecycle)
                minted.append(key_id)
                await lifecycle.revoke(key_id, "test", "why not")
                revoked.append(key_id)
            except StoreUnavailable:
                await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(change()) for _ in range(4)]
    for _ in range(3):
        goal = len(revoked) + 20
        async with asyncio.timeout(DEADLINE_S):
            while len(revoked) < goal:
                await asyncio.sleep(0.005)
        await asyncio.to_thread(breakable.stop, signal.SIGQUIT)
        await asyncio.to_thread(breakable.start)
    stop.set()
    await asyncio.gather(*tasks)
    fresh = await open_store(store_url)
    try:
        states = {key_id: judge((await fresh.find_key(key_id)).key, 0) for key_id in minted}
    finally:
        await fresh.close()
    assert len(minted) >= 60
    assert {states[key_id] for key_id in revoked} == {"revoked"}
