"""The seam between deciding and where buckets are kept: this process (memory.py), or a store that a fleet shares."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from gateway.limits.bucket import BucketRule, Decision


class Charge(NamedTuple):
    """What one request asks of one bucket. `bucket` comes from gateway/limits/policy.py: no two subjects share one."""

    bucket: str
    rule: BucketRule
    cost: int = 1


class LimiterFailed(Exception):  # noqa: N818 - what happened to a charge
    """The store of the buckets did not decide in time; whether it has charged is not known. `cause` is one word."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class OnFailure(StrEnum):
    """What happens to requests while the store of the buckets is out of reach."""

    LOCAL = "local"
    DENY = "deny"
    ALLOW = "allow"


class Limiter(Protocol):
    """Keeps buckets. Every implementation passes tests/contract/test_limiter.py.

    One that keeps them elsewhere may raise `LimiterFailed`.
    """

    def charge(self, charge: Charge) -> Awaitable[Decision]:
        """Decide, and if admitted spend the cost: one step that no other charge of the bucket comes between."""
        ...

    def peek(self, charge: Charge) -> Awaitable[Decision]:
        """What the bucket holds under the charge's rule; its cost is not looked at, nothing is spent or kept."""
        ...
