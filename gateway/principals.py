"""From a key's record to a `Principal`: scopes expanded, its plan's limit made ready, its identity ready to send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.limits.policy import bucket_of
from gateway.principal import Principal
from gateway.problems import Reason, Refused
from keys import PlanBook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.limits.policy import LimitPolicy
    from gateway.message import Fields
    from keys import EffectivePlan, KeyRecord, Plan, Rights, ScopeTable


class StoredPlans(Protocol):
    """The plans of the store; those of the settings are known without asking."""

    async def list_plans(self) -> Sequence[Plan]: ...


class Principals:
    """Makes principals. `_book`, every plan there is now, is the only state that changes: `reload_plans` replaces it."""

    __slots__ = ("_book", "_declared", "_policy", "_scopes")

    def __init__(self, scopes: ScopeTable, declared: Mapping[str, Plan], policy: LimitPolicy) -> None:
        self._scopes = scopes
        self._declared = declared
        self._policy = policy
        self._book = PlanBook(declared)

    async def reload_plans(self, stored: StoredPlans) -> None:
        """Read the store's plans anew. Raises `StoreUnavailable`; the plans known before stand then."""
        self._book = PlanBook(self._declared, await stored.list_plans())

    def principal_of(self, record: KeyRecord) -> Principal:
        """The principal of an active key. Raises `Refused` (503) when nobody has said how much it may do."""
        key, account = record.key, record.account
        plan = self._book.resolve(record)
        if plan is None:
            raise Refused(Reason.PLAN_UNKNOWN, detail=f"plan {key.plan or account.plan}")
        allowance = self._policy.allowance(plan.name, plan.limit, plan.by)
        rights = self._scopes.expand(key.scopes)
        return Principal(
            key_id=key.id,
            account=account.id,
            tenant=key.tenant,
            scopes=rights.scopes,
            legacy=rights.legacy,
            resources=None if key.resources is None else frozenset(key.resources),
            allowance=allowance,
            bucket=bucket_of(allowance, key),
            identity=identity_fields(record, rights, plan),
        )


def identity_fields(record: KeyRecord, rights: Rights, plan: EffectivePlan) -> Fields:
    """What tells a backend whose request it is; the tenant is added once it is bound."""
    key = record.key
    named = [
        (b"x-key-id", key.id),
        (b"x-account-id", record.account.id),
        (b"x-scopes", " ".join(sorted(rights.scopes))),
        (b"x-plan", plan.name),
    ]
    if key.resources is not None:
        named.append((b"x-resources", ",".join(sorted(key.resources))))
    return tuple((name, value.encode()) for name, value in named)
