"""What is taken: the bodies and queries of the endpoints. Unknown members are refused, types are not bent.

Rules that need the store or the settings are not here: they are in keys.rules, for the command and the API alike.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from keys.admin.asked import Number, Query, Truth
from keys.model import KeyState, LimitBy, Role
from keys.plans import MAX_COUNT, PERIODS_S
from keys.rotation import DEFAULT_OVERLAP_S, MAX_OVERLAP_S
from keys.rules import MAX_LABELS, MAX_RESOURCES
from keys.secret import contains_key

PAGE = 50
MAX_PAGE = 500
MAX_LEAKED = 20
MAX_WAIT_S = 30


def _period(seconds: int) -> int:
    # Not a Literal: that would take true for 1.
    if seconds not in PERIODS_S.values():
        raise PydanticCustomError("period", "is not a second, minute, hour or day: 1, 60, 3600 or 86400")
    return seconds


Period = Annotated[int, AfterValidator(_period), Field(json_schema_extra={"enum": [1, 60, 3600, 86400]})]


def _without_key(text: str) -> str:
    if contains_key(text):
        raise PydanticCustomError("secret", "holds a whole key: a secret does not belong here")
    return text


Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$"), AfterValidator(_without_key)]
"""One line that is stored and shown; never a key."""
Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:@/+-]+$")]
Why = Annotated[
    str, Field(min_length=1, max_length=400, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"), AfterValidator(_without_key)
]
Credential = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


class Body(BaseModel):
    """A JSON object of exactly these members."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class LimitBody(Body):
    """So many requests in each period, and so many of them at once (all of them, if nothing is said)."""

    count: int = Field(ge=1, le=MAX_COUNT)
    period_s: Period
    burst: int | None = Field(default=None, ge=1, le=MAX_COUNT)


class MintBody(Body):
    """What a new key is to be."""

    prefix: Name = Field(description="The kind of key, as declared in the settings.")
    name: Text
    account: Name
    tenant: Name | None = None
    resources: list[Name] | None = Field(default=None, max_length=MAX_RESOURCES, description="null: every one.")
    scopes: list[Name] = Field(default=[], max_length=100)
    plan: Name | None = Field(default=None, description="null: the account's.")
    limit: LimitBody | None = None
    expires_at: AwareDatetime | None = None
    labels: dict[Name, Text] = Field(default={}, max_length=MAX_LABELS)


class KeyPatch(Body):
    """What is to be different (RFC 7396): a member that is absent stays as it is; null clears it where that is possible."""

    name: Text | None = None
    labels: dict[Name, Text] | None = Field(default=None, max_length=MAX_LABELS)
    scopes: list[Name] | None = Field(default=None, max_length=100)
    resources: list[Name] | None = Field(default=None, max_length=MAX_RESOURCES)
    plan: Name | None = None
    limit: LimitBody | None = None
    expires_at: AwareDatetime | None = None


class RevokeBody(Body):
    """Why a key is ended, and how long to wait until no process serves it any more."""

    why: Why
    wait_s: int = Field(default=0, ge=0, le=MAX_WAIT_S)


class RotateBody(Body):
    """How long the old key still works."""

    overlap_s: int = Field(default=DEFAULT_OVERLAP_S, ge=0, le=MAX_OVERLAP_S)


class NoMembers(Body):
    """An object without members."""


class ManyFilter(Body):
    """Which keys: those that fit all of what is given."""

    account: Name | None = None
    tenant: Name | None = None
    prefix: Name | None = None
    plan: Name | None = None
    scope: Name | None = None
    state: KeyState | None = None
    legacy: Literal[True] | None = None
    unused_days: int | None = Field(default=None, ge=1, le=36500)
    expiring_days: int | None = Field(default=None, ge=1, le=36500)


class RevokeManyBody(Body):
    """A dry run says how many keys fit and which; to revoke them, say that number."""

    filter: ManyFilter
    dry_run: bool = True
    expected: int | None = Field(default=None, ge=0, description="How many the dry run found.")
    why: Why | None = None


class VerifyBody(Body):
    """A whole key, and what it is to be good for."""

    key: Credential = Field(repr=False)
    tenant: Name | None = None
    scopes: list[Name] = Field(default=[], max_length=100)


class AccountBody(Body):
    """A new account."""

    id: Name
    name: Text
    plan: Name
    limit: LimitBody | None = None


class AccountPatch(Body):
    """What is to be different; `limit` null: the plan's again."""

    name: Text | None = None
    plan: Name | None = None
    limit: LimitBody | None = None


class PlanTerms(Body):
    """What a plan allows. `limit` null: custom, set on each account or key."""

    limit: LimitBody | None
    by: LimitBy = LimitBy.KEY


class PlanBody(PlanTerms):
    """A new plan."""

    name: Name


class OperatorBody(Body):
    """A new operator."""

    name: Text
    role: Role
    account: Name | None = Field(default=None, description="An owner's account, and nobody else's.")


class LeakBody(Body):
    """Keys that were found where they do not belong, and where that was."""

    keys: list[Credential] = Field(min_length=1, max_length=MAX_LEAKED, repr=False)
    source: Why


class SessionBody(Body):
    """Signing in."""

    token: Credential = Field(repr=False)


class PageQuery(Query):
    """Which page."""

    limit: Number = Field(default=PAGE, ge=1, le=MAX_PAGE)
    after: str | None = Field(default=None, max_length=400, description="The `next` of the page before.")


class KeysQuery(PageQuery):
    """Which keys: those that fit all of what is given."""

    account: Name | None = None
    tenant: Name | None = None
    prefix: Name | None = None
    plan: Name | None = None
    scope: Name | None = Field(default=None, description="A scope as stored.")
    state: KeyState | None = None
    legacy: Truth | None = Field(default=None, description="true: only with a legacy scope.")
    unused_days: Number | None = Field(default=None, ge=1, le=36500, description="Made and last used before that.")
    expiring_days: Number | None = Field(default=None, ge=1, le=36500, description="Will expire within that.")
    search: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]+$",
        description="In the name, or how the id begins; a hint is understood too. A whole key is better sent to verify.",
    )


class AuditQuery(Query):
    """Which events."""

    limit: Number = Field(default=PAGE, ge=1, le=MAX_PAGE)
    after: Number = Field(default=0, ge=0, description="Only events behind this number.")
    subject: Name | None = Field(default=None, description="Only of this key, account, plan or operator.")


class ExportQuery(Query):
    """From where on."""

    after: Number = Field(default=0, ge=0, description="Only events behind this number.")
