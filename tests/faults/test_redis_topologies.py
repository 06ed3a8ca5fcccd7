"""The other forms of Redis: Sentinel with a failover, a Cluster with a moved slot, TLS, a user of few rights."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack

import pytest
import redis

from gateway.limits.bucket import Basis, BucketRule
from gateway.limits.fleet import FleetLimiter
from gateway.limits.limiter import Charge, LimiterFailed, OnFailure
from gateway.limits.memory import MemoryLimiter
from gateway.limits.redis.address import RedisAddress
from gateway.limits.redis.open import open_redis
from keys import Limit
from tests.fakes.certificate import LOCALHOST
from tests.redis_server import RedisServer, start_sentinel

HOURLY = BucketRule.of(Limit(count=100, period_s=3600, burst=100))
WAIT_S = 30
RIGHTS = ("+eval", "+evalsha", "+get", "+set", "+time", "+auth", "+select", "+client|setname")
CLUSTER_RIGHTS = (*RIGHTS, "+cluster|slots", "+asking")


def limiter_at(url, timeout_s=2.0):
    return open_redis(RedisAddress.parse(url), prefix="gateway:", timeout_s=timeout_s)


def wait_until(condition):
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def charge_many(limiter, names):
    """Remaining, by bucket."""
    decisions = await asyncio.gather(*(limiter.charge(Charge(name, HOURLY)) for name in names))
    return {name: decision.remaining for name, decision in zip(names, decisions, strict=True)}


async def test_a_user_of_few_rights_and_another_database():
    with RedisServer.started() as server:
        server.ask("ACL", "SETUSER", "limits", "on", ">p@ss/w:rd", "~gateway:*", *RIGHTS)
        limiter = limiter_at(f"redis://limits:p%40ss%2Fw%3Ard@127.0.0.1:{server.port}/3")
        assert await charge_many(limiter, ["a", "b"]) == {"a": 99, "b": 99}
        await limiter.close()
        other = limiter_at(f"redis://limits:p%40ss%2Fw%3Ard@127.0.0.1:{server.port}")
        assert await charge_many(other, ["a"]) == {"a": 99}
        await other.close()


async def test_tls_wants_a_certificate_for_the_host_of_a_known_authority():
    with RedisServer.started(port=0, tls_cert_file=LOCALHOST, tls_key_file=LOCALHOST, tls_auth_clients="no") as server:
        url = f"rediss://localhost:{server.port}"
        limiter = limiter_at(f"{url}?ca_file={LOCALHOST}")
        assert await charge_many(limiter, ["a"]) == {"a": 99}
        await limiter.close()
        stranger = limiter_at(url)
        with pytest.raises(LimiterFailed, match="unreachable"):
            await stranger.charge(Charge("a", HOURLY))
        await stranger.close()


@pytest.fixture
def sentinel():
    """A primary, a replica, and one Sentinel that may decide alone; the replica knows all that the primary knows."""
    with ExitStack() as stack:
        primary = stack.enter_context(RedisServer.started())
        replica = stack.enter_context(RedisServer.started(replicaof=f"127.0.0.1 {primary.port}"))
        wait_until(lambda: replica.ask("INFO", "replication")["master_link_status"] == "up")
        port = stack.enter_context(start_sentinel(primary.port))
        with redis.Redis(port=port) as client:
            wait_until(lambda: client.sentinel_slaves("limits"))
        yield primary, port


async def test_after_a_failover_of_sentinel_the_new_primary_goes_on_from_what_it_knows(sentinel):
    primary, port = sentinel
    limiter = limiter_at(f"redis+sentinel://127.0.0.1:1,127.0.0.1:{port}/limits", timeout_s=0.5)
    node = FleetLimiter(limiter, MemoryLimiter(share=100), OnFailure.LOCAL, probe_s=0.1)
    probing = asyncio.create_task(node.run())
    assert (await node.charge(Charge("a", HOURLY, 60))).remaining == 40
    primary.ask("WAIT", 1, 5000)
    primary.kill()
    assert (await node.charge(Charge("a", HOURLY))).basis is Basis.SHARE
    async with asyncio.timeout(WAIT_S):
        while node.is_degraded:
            await asyncio.sleep(0.02)
    after = await node.charge(Charge("a", HOURLY))
    assert (after.remaining, after.basis) == (39, Basis.BUCKET)
    probing.cancel()
    await limiter.close()


@pytest.fixture(scope="module")
def cluster():
    """Three nodes, a third of the slots each, and a user of few rights."""
    with ExitStack() as stack:
        nodes = [stack.enter_context(RedisServer.started(cluster_enabled="yes")) for _ in range(3)]
        for number, node in enumerate(nodes):
            node.ask("CLUSTER", "ADDSLOTSRANGE", number * 5462, min(16383, number * 5462 + 5461))
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            node.ask("ACL", "SETUSER", "limits", "on", ">pass", "~gateway:*", *CLUSTER_RIGHTS)
        for node in nodes:
            nodes[0].ask("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus_port)
        wait_until(lambda: all(b"cluster_state:ok" in node.ask("CLUSTER", "INFO") for node in nodes))
        wait_until(lambda: all(len(node.ask("CLUSTER", "SLOTS")) == 3 for node in nodes))
        yield nodes


def id_of(node):
    return node.ask("CLUSTER", "MYID").decode()


async def test_a_cluster_is_found_through_any_node_and_each_bucket_is_one(cluster):
    names = [f"k{number}" for number in range(200)]
    for node in cluster:
        limiter = limiter_at(f"redis+cluster://limits:pass@127.0.0.1:1,127.0.0.1:{node.port}")
        await charge_many(limiter, names)
        await limiter.close()
    limiter = limiter_at(f"redis+cluster://limits:pass@127.0.0.1:{cluster[0].port}")
    assert set((await charge_many(limiter, names)).values()) == {96}
    assert sum(node.ask("DBSIZE") for node in cluster) == 200
    assert min(node.ask("DBSIZE") for node in cluster) > 30
    await limiter.close()


async def test_a_slot_on_the_move_and_moved_is_followed(cluster):
    key = "gateway:moving"
    slot = cluster[0].ask("CLUSTER", "KEYSLOT", key)
    source = cluster[slot // 5462]
    target, third = (node for node in cluster if node is not source)
    limiter = limiter_at(f"redis+cluster://limits:pass@127.0.0.1:{third.port}")
    assert await charge_many(limiter, ["moving", "other"]) == {"moving": 99, "other": 99}
    # under way: the key is at the target already, so the source answers ASK
    target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", id_of(source))
    source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", id_of(target))
    source.ask("MIGRATE", "127.0.0.1", target.port, key, 0, 5000)
    assert await charge_many(limiter, ["moving", "other"]) == {"moving": 98, "other": 98}
    # done: MOVED, and from then on it is known
    for node in (target, source, third):
        node.ask("CLUSTER", "SETSLOT", slot, "NODE", id_of(target))
    assert await charge_many(limiter, ["moving", "other"]) == {"moving": 97, "other": 97}
    before = source.ask("INFO", "commandstats")["cmdstat_evalsha"]["calls"]
    assert await charge_many(limiter, ["moving"]) == {"moving": 96}
    assert source.ask("INFO", "commandstats")["cmdstat_evalsha"]["calls"] == before
    await limiter.close()


async def test_a_lost_node_is_noticed_by_what_it_held(cluster):
    limiter = limiter_at(f"redis+cluster://limits:pass@127.0.0.1:{cluster[0].port}", timeout_s=0.5)
    await limiter.probe()
    cluster[2].pause()
    with pytest.raises(LimiterFailed):
        await limiter.probe()
    cluster[2].resume()
    await limiter.probe()
    await limiter.close()
