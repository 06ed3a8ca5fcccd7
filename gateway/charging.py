"""Who pays for a request: a proven key its bucket, everything else the bucket of its client's address.

A bucket of a key that was not proven is never touched: a stranger could lock its owner out. The addresses' buckets live
in this process, so a flood of junk costs nobody else anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.limits.bucket import Basis
from gateway.limits.fields import limit_fields
from gateway.limits.limiter import Charge
from gateway.problems import Reason, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.limits.bucket import Decision
    from gateway.limits.limiter import Limiter
    from gateway.limits.memory import MemoryLimiter
    from gateway.limits.policy import Allowance, LimitPolicy
    from gateway.message import Fields
    from gateway.principal import Principal


class Charged(NamedTuple):
    """What a request was charged, and under which allowance."""

    allowance: Allowance
    decision: Decision

    def fields(self, now_s: float) -> Fields:
        """The rate-limit headers that every answer carries; `now_s` is Unix time."""
        return limit_fields(self.allowance.texts, self.decision, now_s)


class Charging:
    """Charges, by way of the fleet's limiter for keys and the process' own for addresses."""

    __slots__ = ("_anonymous", "_clock", "_limiter", "_policy")

    def __init__(
        self, limiter: Limiter, anonymous: MemoryLimiter, policy: LimitPolicy, clock: Callable[[], float]
    ) -> None:
        self._limiter = limiter
        self._anonymous = anonymous
        self._policy = policy
        self._clock = clock

    async def charge(self, principal: Principal, cost: int) -> Charged:
        """Charge a proven key. Refused or not, the result's headers belong into the answer: see `require_room_left`."""
        charge = Charge(principal.bucket, principal.allowance.rule, cost)
        return Charged(principal.allowance, await self._limiter.charge(charge))

    def fields(self, charged: Charged) -> Fields:
        """The rate-limit headers of an answer given now."""
        return charged.fields(self._clock())

    def require_room(self, client: str) -> None:
        """Raises `Refused` (429) when the address has nothing left: no Argon2id is run for it until it has."""
        if not self._anonymous.peek_now(self._policy.anonymous_charge(client)).remaining:
            raise Refused(Reason.ANONYMOUS_LIMITED)

    def charge_stranger(self, client: str, refused: Refused) -> tuple[Charged, Refused]:
        """Charge a request that proved no key to its address; once that has nothing left the answer is 429.

        What is our own fault (5xx) is not charged, nor is what was refused for want of room.
        """
        charge = self._policy.anonymous_charge(client)
        if refused.reason is Reason.ANONYMOUS_LIMITED:
            decision = self._anonymous.peek_now(charge)
            decision = decision._replace(allowed=False, retry_after_us=decision.refill_after_us)
        elif refused.problem.status >= 500:
            decision = self._anonymous.peek_now(charge)
        else:
            decision = self._anonymous.charge_now(charge)
        charged = Charged(self._policy.anonymous, decision)
        return charged, refused if decision.allowed else Refused(Reason.ANONYMOUS_LIMITED)


def require_room_left(charged: Charged) -> None:
    """Raises `Refused`: 429 when the key's bucket had no room for the request, 503 when nobody could tell."""
    if not charged.decision.allowed:
        blind = charged.decision.basis is Basis.NOTHING
        raise Refused(Reason.LIMITS_UNAVAILABLE if blind else Reason.RATE_LIMITED)
