"""What a fleet's limiter does while its store is out of reach: by setting, visibly, and only as long as it must."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.limits.bucket import Basis, BucketRule
from gateway.limits.fleet import FleetLimiter
from gateway.limits.limiter import Charge, LimiterFailed, OnFailure
from gateway.limits.memory import MemoryLimiter
from keys import Limit
from tests.gateway.limits.clock import FakeClock

HOURLY = BucketRule.of(Limit(count=100, period_s=3600, burst=100))
CHARGE = Charge("a", HOURLY)


class BreakableLimiter(MemoryLimiter):
    """A store in this process that is out of reach while `cause` is set. `probed` is set by each probe."""

    def __init__(self, clock):
        super().__init__(clock_us=clock)
        self.cause = None
        self.probed = asyncio.Event()

    async def charge(self, charge):
        self._require()
        return await super().charge(charge)

    async def peek(self, charge):
        self._require()
        return await super().peek(charge)

    async def probe(self):
        self.probed.set()
        self._require()

    def _require(self):
        if self.cause:
            raise LimiterFailed(self.cause)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def store(clock):
    return BreakableLimiter(clock)


@pytest.fixture
def node(store, clock):
    """One of two nodes, which goes on with its share."""
    return FleetLimiter(store, MemoryLimiter(share=2, clock_us=clock), OnFailure.LOCAL, probe_s=0)


async def test_while_the_store_answers_its_decisions_are_given_on(node):
    decision = await node.charge(CHARGE)
    assert (decision.remaining, decision.basis) == (99, Basis.BUCKET)
    assert (await node.peek(CHARGE)).remaining == 99
    assert not node.is_degraded


async def test_a_node_goes_on_with_its_share_of_what_it_last_saw(node, store):
    await node.charge(CHARGE._replace(cost=60))
    store.cause = "unreachable"
    decision = await node.charge(CHARGE)
    assert (decision.allowed, decision.remaining, decision.basis) == (True, 19, Basis.SHARE)
    assert (await node.peek(CHARGE)).remaining == 19


async def test_all_nodes_together_admit_at_most_one_limit_more(store, clock):
    nodes = [FleetLimiter(store, MemoryLimiter(share=4, clock_us=clock), OnFailure.LOCAL) for _ in range(4)]
    before = [(await nodes[0].charge(CHARGE)).allowed for _ in range(100)]  # the others have seen nothing of it
    store.cause = "late"
    after = [(await node.charge(CHARGE)).allowed for node in nodes for _ in range(100)]
    assert (before.count(True), after.count(True)) == (100, 75)


async def test_deny_refuses_and_says_that_nobody_could_tell(store):
    node = FleetLimiter(store, MemoryLimiter(), OnFailure.DENY)
    store.cause = "full"
    decision = await node.charge(CHARGE)
    assert (decision.allowed, decision.remaining, decision.basis) == (False, 0, Basis.NOTHING)
    assert decision.retry_after_us == 1_000_000


async def test_allow_lets_everything_through(store):
    node = FleetLimiter(store, MemoryLimiter(), OnFailure.ALLOW)
    store.cause = "full"
    decisions = [await node.charge(CHARGE) for _ in range(200)]
    assert {(decision.allowed, decision.basis) for decision in decisions} == {(True, Basis.NOTHING)}


async def test_nobody_but_a_probe_asks_a_store_that_is_out_of_reach(node, store):
    store.cause = "late"
    await node.charge(CHARGE)
    store.cause = None
    assert (await node.charge(CHARGE)).basis is Basis.SHARE
    assert (await node.peek(CHARGE)).basis is Basis.SHARE


async def test_each_change_of_state_is_one_line_and_each_failure_is_counted(node, store):
    with capture_logs() as lines:
        store.cause = "late"
        await asyncio.gather(*(node.charge(CHARGE) for _ in range(20)))
        probing = asyncio.create_task(node.run())
        for _ in range(3):
            store.probed.clear()
            await store.probed.wait()
        store.cause = None
        while node.is_degraded:
            store.probed.clear()
            await store.probed.wait()
        probing.cancel()
    assert [(line["log_level"], line["event"]) for line in lines] == [
        ("warning", "limits_degraded"),
        ("info", "limits_restored"),
    ]
    assert (lines[0]["cause"], lines[0]["on_failure"]) == ("late", "local")
    assert node.failures["late"] >= 4
    assert (await node.charge(CHARGE)).basis is Basis.BUCKET


async def test_a_store_that_is_gone_at_the_start_is_noticed_without_a_request(node, store):
    store.cause = "unreachable"
    probing = asyncio.create_task(node.run())
    await store.probed.wait()
    assert node.is_degraded
    probing.cancel()
