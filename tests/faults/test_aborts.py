"""F5: clients that go away at random moments leave nothing behind: no request in flight, no pool slot, no descriptor."""

from __future__ import annotations

import random

import pytest

from tests.hostile.deployed import deployed
from tests.hostile.rows.row import CL, TE, get, post
from tests.hostile.vitals import descriptors, eventually, pool

ABORTS = 2000
CONNECTIONS = 8
"""The pool is far smaller than the number of aborts: one slot lost each time would show at once."""

REQUESTS = (
    get(),
    get(target=b"/api/things/mine"),
    get(target=b"/api/things?misbehave=silence"),
    get(target=b"/api/things?misbehave=stall"),
    get(target=b"/api/things?misbehave=drip"),
    post(CL + b"100000", body=b"x" * 50_000),
    post(CL + b"100", body=b"x" * 100),
    post(TE + b"chunked", body=b"5\r\nhello\r\n" * 20),
    post(b"Expect: 100-continue", CL + b"10"),
)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with deployed(tmp_path_factory.mktemp("aborts"), CONNECTIONS=CONNECTIONS) as running:
        yield running
    running.require_unharmed()


def abort_once(gateway, rng: random.Random) -> None:
    raw = gateway.keys.fill(rng.choice(REQUESTS))
    wire = gateway.connect()
    wire.send(raw[: rng.choice((len(raw), rng.randrange(len(raw))))])
    if rng.random() < 0.2:
        wire.peek()
    if rng.random() < 0.2:
        wire.half_close()
    (wire.reset if rng.random() < 0.5 else wire.close)()


def is_quiet(gateway) -> bool:
    found = pool(gateway)
    return not (found["active"] or found["waiting"] or found["in flight"])


def test_f5_random_aborts_leave_nothing(gateway):
    rng = random.Random(5)
    pid = gateway.process.pid
    for _ in range(100):
        abort_once(gateway, rng)
    eventually(lambda: is_quiet(gateway), "the first hundred are forgotten")
    before = descriptors(pid)
    for _ in range(ABORTS):
        abort_once(gateway, rng)
    eventually(lambda: is_quiet(gateway), "all aborted requests are forgotten")
    eventually(lambda: descriptors(pid) <= before + CONNECTIONS, "descriptors are given back")
    for number in range(CONNECTIONS + 1):
        with gateway.connect() as wire:
            target = b"/api/ping?number=%d" % number
            assert wire.ask(gateway.keys.fill(get(target=target))).body == target


@pytest.mark.parametrize("how", ["close", "reset"])
def test_f5_the_backend_hears_of_it(gateway, how):
    """A client that goes while the backend thinks: the backend's request is given up too."""
    gateway.backend.forget()
    wire = gateway.connect()
    wire.send(gateway.keys.fill(get(target=b"/api/things?misbehave=silence")))
    gateway.backend.wait_until(lambda: len(gateway.backend.seen) == 1)
    still_open = gateway.backend.open_connections
    getattr(wire, how)()
    gateway.backend.wait_until(lambda: gateway.backend.open_connections < still_open)
    eventually(lambda: is_quiet(gateway), "the slot is free again")


def test_f5_slow_bodies_hold_no_connection_of_the_pool(gateway):
    """More clients than the pool has connections send a beginning of their bodies and stop: others are served."""
    slow = [gateway.connect() for _ in range(3 * CONNECTIONS)]
    for wire in slow:
        wire.send(gateway.keys.fill(post(CL + b"1000", body=b"x" * 10)))
    eventually(lambda: pool(gateway)["in flight"] == len(slow), "all of them are let in")
    assert pool(gateway)["active"] == 0
    with gateway.connect() as wire:
        assert wire.ask(gateway.keys.fill(get(target=b"/api/ping"))).status == 200
    for wire in slow:
        wire.close()
