"""Who pays for a request: a proven key its own bucket, everything else the address that it came from."""

from __future__ import annotations

import pytest

from gateway.charging import Charging, require_room_left
from gateway.limits.fleet import FleetLimiter
from gateway.limits.limiter import LimiterFailed, OnFailure
from gateway.limits.memory import MemoryLimiter
from gateway.limits.policy import LimitPolicy
from gateway.problems import Reason, Refused
from keys import Limit
from tests.gateway.builders import principal
from tests.gateway.limits.clock import FakeClock

NOW_S = 1_800_000_000.5
STRANGER, OTHER = "192.0.2.7", "192.0.2.8"
GUESS, FAULT = Refused(Reason.KEY_UNKNOWN), Refused(Reason.VERIFIER_BUSY)


class GoneLimiter:
    """A store of limits that cannot be reached."""

    async def charge(self, charge):
        raise LimiterFailed("unreachable")

    peek = charge


class Till:
    """A `Charging` over two limiters on one clock: strangers have two requests at once, and one more each second."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.keys, self.addresses = MemoryLimiter(clock_us=self.clock), MemoryLimiter(clock_us=self.clock)
        policy = LimitPolicy(Limit(count=1, period_s=1, burst=2))
        self.charging = Charging(self.keys, self.addresses, policy, lambda: NOW_S)

    def stranger(self, refused: Refused = GUESS, client: str = STRANGER) -> tuple[int, Reason]:
        """What the address has left, and what it is answered."""
        charged, shown = self.charging.charge_stranger(client, refused)
        return charged.decision.remaining, shown.reason


@pytest.fixture
def till() -> Till:
    return Till()


async def test_a_key_pays_what_the_route_costs(till: Till):
    charged = await till.charging.charge(principal(), 30)
    require_room_left(charged)
    assert charged.decision.remaining == 70
    assert dict(till.charging.fields(charged))[b"x-ratelimit-remaining"] == b"70"
    assert len(till.addresses) == 0


async def test_a_key_with_nothing_left_is_refused_and_told_for_how_long(till: Till):
    require_room_left(await till.charging.charge(principal(), 100))
    charged = await till.charging.charge(principal(), 1)
    with pytest.raises(Refused) as refused:
        require_room_left(charged)
    assert refused.value.reason is Reason.RATE_LIMITED
    assert dict(till.charging.fields(charged))[b"retry-after"] == b"36"


@pytest.mark.parametrize(
    ("on_failure", "cost", "reason"),
    [
        (OnFailure.LOCAL, 100, None),
        (OnFailure.LOCAL, 101, Reason.RATE_LIMITED),
        (OnFailure.DENY, 1, Reason.LIMITS_UNAVAILABLE),
        (OnFailure.ALLOW, 101, None),
    ],
)
async def test_without_the_fleets_limits_a_key_is_treated_as_the_settings_say(till: Till, on_failure, cost, reason):
    fleet = FleetLimiter(GoneLimiter(), till.keys, on_failure)
    charging = Charging(fleet, till.addresses, LimitPolicy(Limit(count=1, period_s=1, burst=2)), lambda: NOW_S)
    charged = await charging.charge(principal(), cost)
    told = dict(charging.fields(charged))
    assert told[b"x-ratelimit-policy"] == b"degraded"
    assert (b"retry-after" in told) == (reason is not None)
    refused = None
    try:
        require_room_left(charged)
    except Refused as raised:
        refused = raised.reason
    assert refused is reason


def test_a_stranger_pays_by_address_until_nothing_is_left(till: Till):
    assert till.stranger() == (1, Reason.KEY_UNKNOWN)
    assert till.stranger() == (0, Reason.KEY_UNKNOWN)
    assert till.stranger() == (0, Reason.ANONYMOUS_LIMITED)
    assert till.stranger(client=OTHER) == (1, Reason.KEY_UNKNOWN)
    till.clock.advance(1_000_000)
    assert till.stranger() == (0, Reason.KEY_UNKNOWN)
    assert len(till.keys) == 0, "no bucket of a key was touched"


def test_a_fault_of_ours_costs_the_stranger_nothing(till: Till):
    assert till.stranger(FAULT) == (2, Reason.VERIFIER_BUSY)
    assert till.stranger(FAULT) == (2, Reason.VERIFIER_BUSY)


def test_an_address_with_nothing_left_has_no_key_verified(till: Till):
    till.stranger()
    till.charging.require_room(STRANGER)
    till.stranger()
    with pytest.raises(Refused) as refused:
        till.charging.require_room(STRANGER)
    assert refused.value.reason is Reason.ANONYMOUS_LIMITED
    till.charging.require_room(OTHER)


def test_being_refused_for_want_of_room_costs_nothing_and_says_when_there_will_be(till: Till):
    till.stranger()
    till.stranger()
    for _ in range(3):
        charged, shown = till.charging.charge_stranger(STRANGER, Refused(Reason.ANONYMOUS_LIMITED))
        assert shown.reason is Reason.ANONYMOUS_LIMITED
        assert dict(till.charging.fields(charged))[b"retry-after"] == b"1"
    till.clock.advance(1_000_000)
    till.charging.require_room(STRANGER)
