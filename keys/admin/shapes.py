"""What is given: the bodies of answers. Of a secret, only the three answers that make one hold anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from keys.editing import revision_of
from keys.model import KeyState, LimitBy, Role  # noqa: TC001 - pydantic reads them
from keys.records import account_json, event_json, key_json, operator_json, plan_json
from keys.times import iso_time

if TYPE_CHECKING:
    from keys.audit import ChainedEvent
    from keys.model import Account, Key, Operator, Plan
    from keys.nodes import Node

Time = str
"""UTC, to the second: 2026-05-01T12:00:00Z."""


class Shape(BaseModel):
    """A JSON object of exactly these members."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LimitShape(Shape):
    """So many requests in each period, and so many of them at once."""

    count: int
    period_s: int
    burst: int


class KeyShape(Shape):
    """A key: everything but its secret."""

    id: str
    hint: str = Field(description="What people may see: the prefix and the id.")
    state: KeyState
    prefix: str
    name: str
    account: str
    tenant: str | None
    resources: list[str] | None = Field(description="null: every resource of the tenant.")
    scopes: list[str] = Field(description="As stored; see `granted_scopes` of one key.")
    plan: str | None = Field(description="null: the account's.")
    limit: LimitShape | None
    labels: dict[str, str]
    created_by: str
    revoked_by: str | None
    revoked_why: str | None
    rotated_from: str | None
    rotated_to: str | None
    created_at: Time
    expires_at: Time | None
    disabled_at: Time | None
    revoked_at: Time | None
    last_used_at: Time | None

    @classmethod
    def of(cls, key: Key, now: float) -> KeyShape:
        return cls.model_validate(key_json(key, now))


class KeyDetailShape(KeyShape):
    """A key with what comes of it: its rights, the plan and the limit in force."""

    account_name: str
    granted_scopes: list[str]
    legacy_scopes: list[str]
    effective_plan: str | None
    effective_limit: LimitShape | None
    limit_by: LimitBy | None


class KeysShape(Shape):
    """A page of keys, newest first."""

    items: list[KeyShape]
    next: str | None = Field(description="For `after` of the next page; null: this is the last.")


class MintedShape(Shape):
    """A new key. This is the only time that its secret is shown."""

    secret: str | None = Field(
        description="The whole key. null when an Idempotency-Key asked again for one made before."
    )
    key: KeyShape


class RotatedShape(MintedShape):
    """The successor, and the old key with the end that it has now."""

    replaces: KeyShape


class NodeShape(Shape):
    """A process that serves keys, and how far it has come with the changes."""

    id: str
    host: str
    pid: int
    version: str
    applied: int = Field(description="The number of the last change that it has applied.")
    is_trusting: bool = Field(description="May it serve keys from memory? One that may not need not be waited for.")
    started_at: Time
    renewed_at: Time

    @classmethod
    def of(cls, node: Node, now: float) -> NodeShape:
        return cls(
            id=node.id,
            host=node.host,
            pid=node.pid,
            version=node.version,
            applied=node.applied,
            is_trusting=node.is_trusting(now),
            started_at=iso_time(node.started_at),
            renewed_at=iso_time(node.renewed_at),
        )


class NodesShape(Shape):
    """Every process that serves keys, and the number of the newest change."""

    items: list[NodeShape]
    latest_change: int


class AcknowledgedShape(Shape):
    """Who has applied the revocation, and who had not at the deadline."""

    is_complete: bool = Field(description="Does no process serve the key any more?")
    took_ms: int
    applied: list[NodeShape]
    missing: list[NodeShape]


class RevokedShape(Shape):
    """The key as it is now. `acknowledged` is there when you asked to wait."""

    key: KeyShape
    acknowledged: AcknowledgedShape | None


class RevokedManyShape(Shape):
    """What fits, or what was revoked."""

    dry_run: bool
    count: int
    keys: list[KeyShape] = Field(description="The newest 100 of them.")


class VerifiedShape(Shape):
    """Is the key good? If not, why, in one word; `key` is there when the text was right."""

    good: bool
    reason: str | None = Field(description="unknown, disabled, expired, revoked, other_tenant or insufficient_scope.")
    key: KeyShape | None


class AccountShape(Shape):
    """A customer."""

    id: str
    name: str
    plan: str
    limit: LimitShape | None
    created_at: Time

    @classmethod
    def of(cls, account: Account) -> AccountShape:
        return cls.model_validate(account_json(account))


class AccountDetailShape(AccountShape):
    """A customer with its tenants, at most a thousand of them."""

    tenants: list[str]


class AccountsShape(Shape):
    """A page of accounts, by id."""

    items: list[AccountShape]
    next: str | None


class PlanShape(Shape):
    """What is sold. `limit` null: custom. `from` settings: it can be changed only in the settings file."""

    name: str
    limit: LimitShape | None
    by: LimitBy
    origin: str = Field(alias="from", description="settings or store")

    @classmethod
    def of(cls, plan: Plan, *, is_declared: bool) -> PlanShape:
        return cls.model_validate(plan_json(plan, is_declared=is_declared))


class PlansShape(Shape):
    """Every plan, by name."""

    items: list[PlanShape]


class ScopeShape(Shape):
    """What keys may do. A legacy scope is on old keys only, and grants what it stands for."""

    name: str
    prefix: str | None
    description: str
    grants: list[str] = Field(description="Everything that comes with it, itself too.")
    is_legacy: bool


class PrefixShape(Shape):
    """A kind of key."""

    prefix: str
    description: str
    tenant: str = Field(description="Does a key of it name a tenant: required, optional or none.")


class ScopesShape(Shape):
    """Everything that a new key may be given."""

    prefixes: list[PrefixShape]
    scopes: list[ScopeShape]


class OperatorShape(Shape):
    """Somebody who may use this API."""

    id: str
    name: str
    role: Role
    account: str | None
    created_at: Time
    created_by: str
    revoked_at: Time | None
    revoked_by: str | None

    @classmethod
    def of(cls, operator: Operator) -> OperatorShape:
        return cls.model_validate(operator_json(operator))


class OperatorsShape(Shape):
    """A page of operators, by id."""

    items: list[OperatorShape]
    next: str | None


class IssuedShape(Shape):
    """A new operator. This is the only time that the token is shown."""

    token: str
    operator: OperatorShape


class EventShape(Shape):
    """What happened, in its place in the chain."""

    seq: int
    at: Time
    actor: str
    tag: str
    subject: str
    details: Any
    prev: str
    hash: str

    @classmethod
    def of(cls, chained: ChainedEvent) -> EventShape:
        return cls.model_validate(event_json(chained))


class EventsShape(Shape):
    """A page of the audit log, oldest first."""

    items: list[EventShape]
    next: int | None


class VerdictShape(Shape):
    """Is the audit log what was written? If not, which event is the first that is not."""

    whole: bool
    events: int
    last_hash: str
    first_bad: int | None


class LeakedShape(Shape):
    """What became of one of the keys, in the order in which they were sent."""

    hint: str | None = Field(description="null: the text is no key of ours.")
    outcome: str = Field(description="revoked, revoked_before or unknown.")


class LeaksShape(Shape):
    """What became of the keys."""

    items: list[LeakedShape]


class SessionShape(Shape):
    """Who is signed in, and what a change by the session must send as X-CSRF-Token (null for a token's request)."""

    operator: OperatorShape
    csrf_token: str | None


def etag_of(key: Key) -> dict[str, str]:
    """The field that names the revision of a key (RFC 9110, 8.8.3)."""
    return {"etag": f'"{revision_of(key)}"'}
