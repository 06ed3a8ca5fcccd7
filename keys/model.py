"""The records of key management: frozen values that refuse to be built wrong. Times are Unix seconds, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_LABELS: Mapping[str, str] = MappingProxyType({})


class LimitBy(StrEnum):
    """Whose bucket a plan's limit fills: each key its own, or one for all keys of an account or a tenant."""

    KEY = "key"
    ACCOUNT = "account"
    TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` requests every `period_s` seconds, and at most `burst` of them at once (the size of the bucket)."""

    count: int
    period_s: int
    burst: int

    def __post_init__(self) -> None:
        if min(self.count, self.period_s, self.burst) < 1:
            raise ValueError(f"count, period_s and burst must be at least 1, not {self}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sold: a limit and whose bucket it fills. `limit` None: custom, set on the account or the key."""

    name: str
    limit: Limit | None
    by: LimitBy = LimitBy.KEY


@dataclass(frozen=True, slots=True)
class Account:
    """A customer: the owner of keys and tenants, on a plan. `limit` overrides the plan's for all its keys."""

    id: str
    name: str
    plan: str
    limit: Limit | None
    created_at: float


@dataclass(frozen=True, slots=True)
class Key:
    """One key as stored. `scopes` are as minted (legacy ones are expanded on reading, never rewritten).

    `resources` None: every resource of the tenant; otherwise only these. `plan` None: the account's.
    `digest` is the Argon2id hash of the whole key text; the text itself is nowhere. `rotated_from` and `rotated_to` are the
    ids of the key that this one replaces and of the one that replaces it.
    """

    id: str
    prefix: str
    name: str
    account: str
    tenant: str | None
    resources: tuple[str, ...] | None
    scopes: frozenset[str]
    plan: str | None
    limit: Limit | None
    digest: str = field(repr=False)
    created_at: float
    created_by: str
    expires_at: float | None = None
    disabled_at: float | None = None
    revoked_at: float | None = None
    revoked_by: str | None = None
    revoked_why: str | None = None
    last_used_at: float | None = None
    rotated_from: str | None = None
    rotated_to: str | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: NO_LABELS, hash=False)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key together with the account that holds it: all that deciding a request needs from the store."""

    key: Key
    account: Account


class KeyState(StrEnum):
    """What a key is at a moment; only ACTIVE lets a request in."""

    ACTIVE = "active"
    DISABLED = "disabled"
    EXPIRED = "expired"
    REVOKED = "revoked"


class TenantRule(StrEnum):
    """Whether the keys of a prefix name a tenant: always, if they like, or never (the account itself is the tenant)."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant (a pixel) and the account that holds it. It is registered when the first key is minted for it."""

    id: str
    account: str
    created_at: float


class ChangeSubject(StrEnum):
    """What kind of record a change is about."""

    KEY = "key"
    ACCOUNT = "account"
    PLAN = "plan"
    IMPORT = "import"
    """A batch of keys that came from elsewhere at once; the id is that of the import."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the change feed: after it was committed, what was remembered of `subject` `id` is out of date.

    `seq` counts every change from 1, without a gap, in the order of the commits.
    """

    seq: int
    subject: ChangeSubject
    id: str


class Role(StrEnum):
    """What an operator may do. The first three hold for every account, each with all of the one before it.

    An OWNER is a customer: sees and manages the keys of one account, and of the others not even that they exist.
    """

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who may use the admin API, known by a token. `account` is an owner's, and None for everybody else."""

    id: str
    name: str
    role: Role
    account: str | None
    digest: str = field(repr=False)
    created_at: float
    created_by: str
    revoked_at: float | None = None
    revoked_by: str | None = None

    def __post_init__(self) -> None:
        if (self.role is Role.OWNER) != (self.account is not None):
            raise ValueError("an owner has an account, and nobody else has one")
