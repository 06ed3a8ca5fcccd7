"""Small floods: counts only. What valid clients feel of big ones is measured by `python -m tests.floods`."""

from __future__ import annotations

import pytest

from tests.floods.__main__ import PRODUCT_LIMITS
from tests.floods.attackers import ATTACKS
from tests.floods.flood import flood
from tests.hostile.deployed import deployed
from tests.hostile.rows.row import get
from tests.hostile.vitals import eventually, metrics, pool

LASTING_S, RATE, CONNECTIONS, VALID_RATE = 1.5, 300, 100, 50
MEMORY_BYTES = 64 * 2**20


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    times = {"HEADER_TIMEOUT_S": 1, "IDLE_TIMEOUT_S": 1, "BODY_GRACE_S": 1}
    with deployed(tmp_path_factory.mktemp("floods"), **PRODUCT_LIMITS, **times) as running:
        with running.connect() as wire:  # the key is known before anybody else's address runs dry
            assert wire.ask(running.keys.fill(get(target=b"/api/ping"))).status == 200
        yield running
    running.require_unharmed()


@pytest.mark.parametrize("name", ATTACKS)
def test_a8_l4_valid_traffic_is_served_through(gateway, name):
    found = flood(gateway, name, LASTING_S, RATE, CONNECTIONS, VALID_RATE)
    assert found.valid.wrong == []
    assert found.growth_bytes < MEMORY_BYTES
    assert set(found.seen) <= EXPECTED[name]
    eventually(lambda: pool(gateway)["in flight"] == 0, "all attackers are forgotten")


_CUT = {"cut after 1 s", "cut after 2 s", "cut after 3 s", "cut after 4 s"}
EXPECTED = {
    "junk keys": {"401", "429", "503"},
    "wrong secrets": {"401", "429", "503"},
    "malformed keys": {"401", "429"},
    "slow heads": _CUT,
    "slow bodies": _CUT,
    "idle connections": _CUT,
    "header bombs": {"431", "429", "414", "cut", ""},
}


def test_a8_guesses_beyond_the_limit_of_an_address_cost_no_hashing(gateway):
    """After the floods above, only as many verifications were run as the limit of one address lets through."""
    found = metrics(gateway)
    hashed = found['gateway_verifications_total{result="refuted"}']
    answered = sum(
        value for name, value in found.items() if name.startswith("gateway_requests_total") and "429" in name
    )
    assert answered > 0
    assert hashed <= PRODUCT_LIMITS["STRANGER_BURST"] + PRODUCT_LIMITS["STRANGER_LIMIT"] * 60
