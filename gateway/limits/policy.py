"""Which bucket a request fills, and by which rule."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.limits.bucket import BucketRule
from gateway.limits.fields import LimitTexts, texts_of
from gateway.limits.limiter import Charge
from keys import Limit, LimitBy

if TYPE_CHECKING:
    from keys import Key

ANONYMOUS = "anonymous"
"""The plan of requests that prove no key; its buckets are of client addresses."""

ALLOWANCES_KEPT = 4096
IPV4_MAPPED = bytes(10) + b"\xff\xff"
"""What an IPv4 address begins with when a dual-stack socket shows it as IPv6 (RFC 4291, section 2.5.5.2)."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """A plan's limit made ready: the rule to decide with and the texts that responses repeat."""

    plan: str
    limit: Limit
    by: LimitBy
    rule: BucketRule
    texts: LimitTexts

    @classmethod
    def of(cls, plan: str, limit: Limit, by: LimitBy) -> Allowance:
        return cls(plan, limit, by, BucketRule.of(limit), texts_of(plan, limit))


class LimitPolicy:
    """Allowances, each made once per plan and limit, and the charges of strangers.

    `_allowances` is the only mutable state: a cache, emptied when it is full (limits of single accounts and keys may be
    many over time).
    """

    __slots__ = ("_allowances", "anonymous")

    def __init__(self, anonymous: Limit) -> None:
        self.anonymous = Allowance.of(ANONYMOUS, anonymous, LimitBy.KEY)
        self._allowances: dict[tuple[str, Limit, LimitBy], Allowance] = {}

    def allowance(self, plan: str, limit: Limit, by: LimitBy) -> Allowance:
        """The allowance of a key's effective plan; keep it with the principal, so that a warm request asks nothing."""
        known = self._allowances.get((plan, limit, by))
        if known is None:
            if len(self._allowances) >= ALLOWANCES_KEPT:
                self._allowances.clear()
            known = self._allowances[plan, limit, by] = Allowance.of(plan, limit, by)
        return known

    def anonymous_charge(self, client: str) -> Charge:
        """One unit of the bucket of the client's address."""
        return Charge(address_bucket(client), self.anonymous.rule)


def bucket_of(allowance: Allowance, key: Key) -> str:
    """The bucket that a proven key fills. All of it comes from the key's record, nothing from what a header says.

    The bucket of a key is the same under every plan, so that a changed plan finds what was spent. One of an account or
    a tenant belongs to the plan as well, for keys of one account on two plans have two limits; and a key with a limit
    of its own has a bucket of its own: two rules on one bucket would undo each other.
    """
    by = LimitBy.KEY if key.limit else allowance.by
    if by is LimitBy.KEY:
        return _name("key", key.id)
    if by is LimitBy.ACCOUNT:
        return _name("account", key.account, allowance.plan)
    # a key without a tenant acts for its account
    tenant = key.account if key.tenant is None else key.tenant
    return _name("tenant", key.account, tenant, allowance.plan)


def address_bucket(client: str) -> str:
    """The bucket of a client address: one per IPv4 address and one per IPv6 /64, which is what one customer is given.

    What is no address (a Unix socket's peer) shares one bucket, whatever it is, so that text from outside makes no
    new ones.
    """
    try:
        if ":" not in client:
            return _name(ANONYMOUS, socket.inet_pton(socket.AF_INET, client).hex())
        packed = socket.inet_pton(socket.AF_INET6, client.partition("%")[0])
    except (OSError, ValueError):
        return _name(ANONYMOUS, "")
    if packed.startswith(IPV4_MAPPED):
        return _name(ANONYMOUS, packed[12:].hex())
    return _name(ANONYMOUS, packed[:8].hex())


def _name(*parts: str) -> str:
    """An unambiguous name: each part after its length, so that `a:b` + `c` is not `a` + `b:c`."""
    return "".join([f"{len(part)}:{part}" for part in parts])
