"""A real Redis, broken in every way that ops will see: decisions go on, say what they stand on, and come back by
themselves. Every row of OUTAGES is one injection.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import asynccontextmanager, contextmanager

import pytest

from gateway.limits.bucket import Basis, BucketRule
from gateway.limits.fleet import FleetLimiter
from gateway.limits.limiter import Charge, LimiterFailed, OnFailure
from gateway.limits.memory import MemoryLimiter
from gateway.limits.redis.address import RedisAddress
from gateway.limits.redis.open import open_redis
from keys import Limit
from tests.redis_server import RedisServer

HOURLY = BucketRule.of(Limit(count=100, period_s=3600, burst=100))
WAIT_S = 20


@contextmanager
def killed(server):
    server.kill()
    yield
    server.start()


@contextmanager
def stopped(server):
    server.pause()
    yield
    server.resume()


@contextmanager
def asleep(server):
    """Redis answers nobody, as during a slow script of somebody else."""
    sleeping = threading.Thread(target=server.ask, args=("DEBUG", "SLEEP", 1))
    sleeping.start()
    wait_for_sleep(server)
    yield
    sleeping.join()


def wait_for_sleep(server):
    """Until a question stays without an answer."""
    while server.answers_within(0.05):
        pass


@contextmanager
def writes_paused(server):
    server.ask("CLIENT", "PAUSE", 60_000, "WRITE")
    yield
    server.ask("CLIENT", "UNPAUSE")


@contextmanager
def full(server):
    server.ask("CONFIG", "SET", "maxmemory", 1)
    yield
    server.ask("CONFIG", "SET", "maxmemory", 0)


@contextmanager
def demoted(server):
    """A failover has made it a replica, of a primary that is not there."""
    server.ask("REPLICAOF", "127.0.0.1", 1)
    yield
    server.ask("REPLICAOF", "NO", "ONE")


@contextmanager
def locked(server):
    """The user may not run scripts any more."""
    server.ask("ACL", "SETUSER", "default", "-@scripting")
    yield
    server.ask("ACL", "SETUSER", "default", "+@all")


OUTAGES = {
    killed: "unreachable",
    stopped: "late",
    asleep: "late",
    writes_paused: "late",
    full: "full",
    demoted: "read_only",
    locked: "refused",
}


@pytest.fixture(scope="module")
def server():
    with RedisServer.started() as server:
        yield server


@asynccontextmanager
async def a_node(server, on_failure=OnFailure.LOCAL):
    redis = open_redis(RedisAddress.parse(server.url), prefix="t:", timeout_s=0.25)
    node = FleetLimiter(redis, MemoryLimiter(share=4), on_failure, probe_s=0.05)
    probing = asyncio.create_task(node.run())
    yield node
    probing.cancel()
    await redis.close()


async def restored(node):
    deadline = time.monotonic() + WAIT_S
    while node.is_degraded:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda outage: outage.__name__)
async def test_traffic_goes_on_through_an_outage_and_the_fleets_limits_come_back(server, outage):
    server.ask("FLUSHALL")
    async with a_node(server) as node:
        before = await node.charge(Charge("a", HOURLY, 40))
        assert (before.remaining, before.basis) == (60, Basis.BUCKET)
        with outage(server):
            during = [await node.charge(Charge("a", HOURLY)) for _ in range(30)]
            assert {decision.basis for decision in during} == {Basis.SHARE}
            # a quarter of the sixty that were seen last
            assert [decision.allowed for decision in during].count(True) == 15
            assert set(node.failures) == {OUTAGES[outage]}
        await asyncio.wait_for(restored(node), WAIT_S)
        after = await node.charge(Charge("b", HOURLY))
        assert (after.remaining, after.basis) == (99, Basis.BUCKET)


@pytest.mark.parametrize(("on_failure", "allowed"), [(OnFailure.DENY, False), (OnFailure.ALLOW, True)])
async def test_deny_and_allow_need_no_redis_to_decide(server, on_failure, allowed):
    async with a_node(server, on_failure) as node:
        with stopped(server):
            during = [await node.charge(Charge("a", HOURLY)) for _ in range(200)]
        assert {(decision.allowed, decision.basis) for decision in during} == {(allowed, Basis.NOTHING)}
        await asyncio.wait_for(restored(node), WAIT_S)


async def test_no_charge_waits_longer_than_its_deadline(server):
    async with a_node(server) as node:
        await node.charge(Charge("a", HOURLY))
        with stopped(server):
            first = asyncio.create_task(node.charge(Charge("a", HOURLY)))
            done, _ = await asyncio.wait({first}, timeout=WAIT_S)
            assert first in done
            # and once that is known, nobody waits at all
            for _ in range(1000):
                assert (await node.charge(Charge("a", HOURLY))).basis is Basis.SHARE
        await asyncio.wait_for(restored(node), WAIT_S)


@pytest.mark.parametrize("forget", ["scripts", "connections", "everything"])
async def test_what_redis_forgets_between_two_charges_nobody_notices(server, forget):
    redis = open_redis(RedisAddress.parse(server.url), prefix="t:", timeout_s=2)
    await asyncio.gather(*(redis.charge(Charge("a", HOURLY)) for _ in range(5)))
    if forget == "scripts":
        server.ask("SCRIPT", "FLUSH")
    elif forget == "connections":
        server.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    else:
        server.kill()
        server.start()
    decisions = await asyncio.gather(*(redis.charge(Charge(f"b{number}", HOURLY)) for number in range(20)))
    assert {decision.allowed for decision in decisions} == {True}
    await redis.close()


async def test_a_wrong_password_is_a_failure_like_any_other_and_is_not_told(server):
    redis = open_redis(RedisAddress.parse(f"redis://who:s3cr3t@127.0.0.1:{server.port}"), prefix="t:", timeout_s=2)
    with pytest.raises(LimiterFailed) as raised:
        await redis.charge(Charge("a", HOURLY))
    assert raised.value.cause == "refused"
    assert "s3cr3t" not in f"{raised.value!r} {RedisAddress.parse('redis://who:s3cr3t@h')!r}"
    await redis.close()
