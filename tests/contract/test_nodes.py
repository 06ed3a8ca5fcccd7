"""Leases of the processes that serve keys, and waiting for them, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest
from sqlalchemy import text

from keys.acknowledge import wait_until_applied
from keys.nodes import CLOCK_MARGIN_S, Lease, NodeIdentity, identify, pid_space

TRUST_S = 60.0


def a_lease(store, **changes) -> Lease:
    return Lease(store.nodes, trust_s=TRUST_S, version="1.2.3", **changes)


async def age_rows(store, seconds: float) -> None:
    """As if that much time had gone by since every lease was renewed."""
    async with store._engine.begin() as connection:
        await connection.execute(text("UPDATE nodes SET renewed_at = renewed_at - :s"), {"s": seconds})


async def another(store, name: str, applied: int) -> NodeIdentity:
    """A node of another host."""
    identity = identify(TRUST_S, "1.2.3")._replace(id=name, host="far", pid=7, pid_space="there")
    await store.nodes.renew(identity, applied)
    return identity


async def ids(store) -> set[str]:
    return {node.id for node in (await store.nodes.roll()).nodes}


class TestLease:
    async def test_a_lease_writes_who_and_how_far(self, store):
        lease = a_lease(store)
        assert lease.age_s() == float("inf")
        await lease.enter()
        now, [node] = await store.nodes.roll()
        assert (node.id, node.pid, node.version, node.applied) == (lease.node_id, os.getpid(), "1.2.3", 0)
        assert node.started_at <= node.renewed_at <= now < node.renewed_at + 30
        assert lease.age_s() < 30

    async def test_a_renewal_tells_the_number_and_keeps_the_start(self, store):
        lease = a_lease(store)
        await lease.enter()
        [before] = (await store.nodes.roll()).nodes
        task = asyncio.create_task(lease.run())
        lease.apply(41)
        done = await wait_until_applied(store.nodes, 41, 30)
        task.cancel()
        [after] = (await store.nodes.roll()).nodes
        assert done.is_complete
        assert (after.applied, after.started_at) == (41, before.started_at)
        assert after.renewed_at > before.renewed_at

    async def test_leaving_ends_it(self, store):
        lease = a_lease(store)
        await lease.enter()
        await another(store, "far", 0)
        await lease.leave()
        assert await ids(store) == {"far"}

    async def test_whoever_died_here_is_cleared_away_by_the_next(self, store):
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        for name, pid in (("dead", ended.pid), ("alive", os.getppid()), ("before-me", os.getpid())):
            await store.nodes.renew(identify(TRUST_S, "1")._replace(id=name, pid=pid, pid_space=pid_space()), 0)
        await another(store, "elsewhere", 0)
        lease = a_lease(store)
        await lease.enter()
        assert await ids(store) == {"alive", "elsewhere", lease.node_id}

    async def test_a_lease_that_ran_out_is_removed_and_comes_back_by_renewing(self, store):
        identity = await another(store, "paused", 3)
        await age_rows(store, TRUST_S + CLOCK_MARGIN_S + 1)
        await another(store, "fresh", 3)
        await store.nodes.remove_distrusted()
        assert await ids(store) == {"fresh"}
        await store.nodes.renew(identity, 4)
        assert await ids(store) == {"fresh", "paused"}


class TestWaiting:
    async def test_without_a_process_there_is_nobody_to_wait_for(self, store):
        done = await wait_until_applied(store.nodes, 5)
        assert done.is_complete
        assert done.applied == ()

    async def test_it_returns_when_the_last_one_has_applied_it(self, store):
        first, second = await another(store, "a", 4), await another(store, "b", 5)
        waiting = asyncio.create_task(wait_until_applied(store.nodes, 5, 30))
        await store.nodes.renew(first, 5)
        done = await waiting
        assert done.is_complete
        assert {one.node.id for one in done.applied} == {first.id, second.id}
        assert all(one.took_s <= done.took_s for one in done.applied)

    async def test_at_the_deadline_it_names_who_has_not(self, store):
        await another(store, "slow", 4)
        await another(store, "quick", 9)
        done = await wait_until_applied(store.nodes, 5, 0.05)
        assert not done.is_complete
        assert [node.id for node in done.missing] == ["slow"]
        assert [one.node.id for one in done.applied] == ["quick"]

    @pytest.mark.parametrize(("silent_s", "counts"), [(TRUST_S - 10, True), (TRUST_S + CLOCK_MARGIN_S + 1, False)])
    async def test_a_silent_process_counts_for_as_long_as_it_may_trust(self, store, silent_s, counts):
        await another(store, "silent", 4)
        await age_rows(store, silent_s)
        done = await wait_until_applied(store.nodes, 5, 0.01)
        assert [node.id for node in done.missing] == (["silent"] if counts else [])

    async def test_a_process_that_leaves_is_no_longer_waited_for(self, store):
        await another(store, "leaving", 4)
        waiting = asyncio.create_task(wait_until_applied(store.nodes, 5, 30))
        await store.nodes.remove(["leaving"])
        assert (await waiting).is_complete
