"""The `keys:` section of the settings file, and what it turns into: the scope table, the plans, the rules of minting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from keys.model import Limit, LimitBy, Plan, TenantRule
from keys.plans import MAX_COUNT, PERIODS_S
from keys.rules import MintRules
from keys.scopes import ScopeTable
from keys.secret import PREFIX_PATTERN, TOKEN_PREFIX
from keys.settings_file import Cross, Section, WrongValue
from keys.verify import HashingParams

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from keys.store import StoreLimits

OWASP_FLOOR_KIB = 19456


def _must_match(pattern: str, allowed: str) -> AfterValidator:
    fullmatch = re.compile(pattern).fullmatch

    def check(value: str) -> str:
        if fullmatch(value) is None:
            raise WrongValue("has not the form it must have", allowed)
        return value

    return AfterValidator(check)


PrefixName = Annotated[str, _must_match(PREFIX_PATTERN, "a-z 0-9 _, at most 32, a letter first, no _ at the end")]
ScopeName = Annotated[str, _must_match(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,63}", "letters, digits and : . _ -, at most 64")]
PlanName = Annotated[str, _must_match(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "letters, digits and . _ -, at most 64")]
HostName = Annotated[
    str,
    _must_match(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9a-f:.]+\]", "a host name or address, no port"),
]
Count = Annotated[int, Field(ge=1, le=MAX_COUNT)]


class HashingSettings(Section):
    """What Argon2id costs. Raising it rehashes each key when it is next used."""

    memory_kib: int = Field(
        default=OWASP_FLOOR_KIB,
        ge=8,
        le=4 * 1024 * 1024,
        description="Memory of one hash, in KiB. Below 19456 (OWASP's floor) is for tests only, and is warned about.",
    )
    iterations: int = Field(default=2, ge=1, le=100, description="Passes over that memory.")
    lanes: int = Field(default=1, ge=1, le=16, description="Lanes of one hash. One is right for a server.")

    def crosses(self) -> Iterator[Cross]:
        """Argon2 needs 8 KiB a lane (RFC 9106, 3.1)."""
        if self.memory_kib < 8 * self.lanes:
            yield Cross(("memory_kib",), self.memory_kib, "is too little for the lanes", f"{8 * self.lanes} or more")


class PrefixSettings(Section):
    """One kind of key, told by what stands before its last `_`."""

    tenant: TenantRule = Field(description="Does a key of this prefix name a tenant: required, optional or none.")
    description: str = Field(default="", description="What these keys are for.")


class ScopeSettings(Section):
    """One thing that a key may do."""

    prefix: PrefixName = Field(description="The prefix of the keys that may carry it.")
    description: str = Field(default="", description="What it grants, in words for the person who mints.")
    implies: list[ScopeName] = Field(default=[], description="Scopes that come with it.")


class PlanSettings(Section):
    """One plan that is sold."""

    limit: Count | Literal["custom"] = Field(
        description="Requests per period; `custom`: set on each account or key.",
    )
    per: Literal["second", "minute", "hour", "day"] = Field(default="hour", description="The period.")
    burst: Count | None = Field(default=None, description="How many at once; the limit itself if not set.")
    by: LimitBy = Field(
        default=LimitBy.KEY, description="Whose bucket it is: each key's, or one per account or tenant."
    )

    def crosses(self) -> Iterator[Cross]:
        """A custom plan's numbers stand on the account or the key, all of them."""
        if self.limit == "custom" and self.burst is not None:
            yield Cross(("burst",), self.burst, "stands beside limit: custom", "no burst, or a number for limit")

    def plan(self, name: str) -> Plan:
        """The plan as a record."""
        if self.limit == "custom":
            return Plan(name, None, self.by)
        return Plan(name, Limit(self.limit, PERIODS_S[self.per], self.burst or self.limit), self.by)


class DatabaseSettings(Section):
    """What each process may take of the database, and how long it waits for it."""

    connections: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Connections of its pool; on PostgreSQL one more listens for changes.",
    )
    connection_wait_s: float = Field(
        default=2.0, gt=0, le=60, description="How long a request may wait for one of them; then 503."
    )
    connect_timeout_s: float = Field(
        default=3.0, gt=0, le=60, description="How long PostgreSQL may take to accept a connection."
    )
    statement_timeout_s: float = Field(
        default=5.0, gt=0, le=300, description="How long PostgreSQL may take for a statement; it is cancelled then."
    )
    listen: bool = Field(
        default=True,
        description="Hear of changes by LISTEN/NOTIFY (PostgreSQL). Without it, or where it does not get through (a "
        "pooler in transaction mode), they are found by asking, `authenticate.change_poll_s` later at most.",
    )

    def limits(self) -> StoreLimits:
        """The same, as `open_store` takes it."""
        from keys.store import StoreLimits  # noqa: PLC0415 - who only checks settings loads no database driver

        return StoreLimits(**self.model_dump())


class AdminSettings(Section):
    """The admin API: what it answers to. Who may use it is in the store: `keys operators add`."""

    hosts: list[HostName] = Field(
        default=[],
        max_length=20,
        description="Names and addresses that it answers to beside localhost, as a browser or client would write them, "
        "without a port. Any other Host gets 421: this is what stops DNS rebinding.",
    )


class KeysSettings(Section):
    """Where keys are kept, what they look like, what they may do, and which plans are sold."""

    store: str = Field(
        default="sqlite:///keys.db",
        min_length=1,
        description="The database: sqlite:///FILE (a path without a leading / is relative to this file's folder), "
        "or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    database: DatabaseSettings = Field(
        default_factory=DatabaseSettings, description="The connections to it, and how long they may take."
    )
    hashing: HashingSettings = Field(default_factory=HashingSettings, description="How keys are hashed at rest.")
    prefixes: dict[PrefixName, PrefixSettings] = Field(min_length=1, description="The kinds of keys.")
    scopes: dict[ScopeName, ScopeSettings] = Field(default={}, description="What keys may do.")
    legacy_scopes: dict[ScopeName, list[ScopeName]] = Field(
        default={},
        description="Scopes of old keys: read as what they stand for, never rewritten, never minted again.",
    )
    admin: AdminSettings = Field(default_factory=AdminSettings, description="The admin API.")
    plans: dict[PlanName, PlanSettings] = Field(default={}, description="The plans that are sold.")

    def crosses(self) -> Iterator[Cross]:
        """Names that are used and not declared, or declared twice."""
        yield from self._prefix_crosses()
        yield from self._scope_crosses()
        yield from self._legacy_crosses()

    def _prefix_crosses(self) -> Iterator[Cross]:
        """A key that looked like an operator's token would be taken for one by whoever finds it."""
        if TOKEN_PREFIX in self.prefixes:
            yield Cross(("prefixes", TOKEN_PREFIX), TOKEN_PREFIX, "is the prefix of operator tokens", "another prefix")

    def _scope_crosses(self) -> Iterator[Cross]:
        for name, scope in self.scopes.items():
            if scope.prefix not in self.prefixes:
                allowed = _listed(self.prefixes)
                yield Cross(("scopes", name, "prefix"), scope.prefix, "is not declared under keys.prefixes", allowed)
            siblings = [other for other, its in self.scopes.items() if its.prefix == scope.prefix and other != name]
            for position, implied in enumerate(scope.implies):
                if implied not in siblings:
                    loc = ("scopes", name, "implies", position)
                    yield Cross(loc, implied, "is not another scope of the same prefix", _listed(siblings))

    def _legacy_crosses(self) -> Iterator[Cross]:
        for name, stands_for in self.legacy_scopes.items():
            if name in self.scopes:
                yield Cross(("legacy_scopes", name), name, "is declared under keys.scopes too", "one of the two places")
            for position, scope in enumerate(stands_for):
                if scope not in self.scopes:
                    loc = ("legacy_scopes", name, position)
                    yield Cross(loc, scope, "is not declared under keys.scopes", _listed(self.scopes))

    def store_url(self, folder: Path) -> str:
        """The store's URL; the path of an SQLite file that is relative is taken from `folder`, the settings file's."""
        scheme, slashes, path = self.store.partition(":///")
        if not scheme.startswith("sqlite") or not path or path.startswith("/"):
            return self.store
        return f"{scheme}{slashes}{folder.resolve() / path}"

    def scope_table(self) -> ScopeTable:
        """The scopes, with what they imply and what legacy ones stand for."""
        return ScopeTable(
            known={name: scope.prefix for name, scope in self.scopes.items()},
            implies={name: scope.implies for name, scope in self.scopes.items()},
            legacy=self.legacy_scopes,
        )

    def declared_plans(self) -> dict[str, Plan]:
        """The plans of the file, by name."""
        return {name: plan.plan(name) for name, plan in self.plans.items()}

    def hashing_params(self) -> HashingParams:
        """The Argon2id parameters."""
        return HashingParams(self.hashing.memory_kib, self.hashing.iterations, self.hashing.lanes)

    def mint_rules(self) -> MintRules:
        """What an order of a new key is checked against."""
        tenant_rules = {name: prefix.tenant for name, prefix in self.prefixes.items()}
        return MintRules(tenant_rules, self.scope_table(), self.declared_plans())

    def warnings(self) -> tuple[str, ...]:
        """What is allowed and should not stay so in production."""
        if self.hashing.memory_kib >= OWASP_FLOOR_KIB:
            return ()
        cost = f"keys.hashing.memory_kib is {self.hashing.memory_kib}"
        return (f"{cost}: below {OWASP_FLOOR_KIB} a stolen key database is cheap to search",)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none is declared"
