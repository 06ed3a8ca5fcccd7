"""The sample keys of the demo: two accounts each of two APIs, one key for every case that a page of theirs names."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from deploy.demo import seed
from keys import Accounts, Hasher, Lifecycle, Limit, MintOrder, MintRules, ScopeTable

if TYPE_CHECKING:
    from gateway.settings import Settings
    from keys import KeyStore

ACTOR = "demo"
DAY_S = 86_400.0
ENTERPRISE_LIMIT = Limit(count=50_000, period_s=3600, burst=50_000)

ACCOUNTS = (
    (seed.UPSTACK_ACCOUNT, "Meadow Store", "upstack"),
    (seed.OTHER_UPSTACK_ACCOUNT, "Quarry Outdoor", "upstack"),
    (seed.ACCOUNT, "Harbor Agency", "agency"),
    (seed.OTHER_ACCOUNT, "Summit Partners", "agency"),
)


class SampleKey(NamedTuple):
    """A minted sample key: its text, its id, and its pixel if it has one."""

    text: str
    id: str
    pixel: str | None

    def as_dict(self) -> dict[str, str]:
        return {"key": self.text} | ({"pixel": self.pixel} if self.pixel else {})


def _upstack(name: str, *scopes: str, other: bool = False) -> MintOrder:
    account, pixel = (seed.OTHER_UPSTACK_ACCOUNT, seed.OTHER_PIXEL) if other else (seed.UPSTACK_ACCOUNT, seed.PIXEL)
    return MintOrder("upstack", f"demo {name}", account, tenant=pixel, scopes=frozenset(scopes))


def _dashtrack(name: str, plan: str, *, account: str = seed.ACCOUNT, limit: Limit | None = None) -> MintOrder:
    return MintOrder("dt", f"demo {name}", account, plan=plan, limit=limit)


ORDERS = {
    "upstack_full": _upstack("full", "analytics:read", "dashboards:write"),
    "upstack_analytics": _upstack("analytics", "analytics:read"),
    "upstack_dashboards_read": _upstack("dashboards read", "dashboards:read"),
    "upstack_dashboards_write": _upstack("dashboards write", "dashboards:write"),
    "upstack_legacy_db_query": _upstack("legacy db_query", "db_query"),
    "upstack_legacy_attribution": _upstack("legacy attribution", "attribution_query"),
    "upstack_no_scopes": _upstack("no scopes"),
    "upstack_revoked": _upstack("revoked", "analytics:read", "dashboards:write"),
    "upstack_expired": _upstack("expired", "analytics:read", "dashboards:write"),
    "upstack_other_pixel": _upstack("other pixel", "analytics:read", "dashboards:write", other=True),
    "dashtrack_starter": _dashtrack("starter", "starter"),
    "dashtrack_professional": _dashtrack("professional", "professional"),
    "dashtrack_agency": _dashtrack("agency", "agency"),
    "dashtrack_enterprise": _dashtrack("enterprise", "enterprise", limit=ENTERPRISE_LIMIT),
    "dashtrack_other_account": _dashtrack("other account", "agency", account=seed.OTHER_ACCOUNT),
}
"""What is minted, by its name in the keys file."""


async def mint_samples(store: KeyStore, settings: Settings) -> dict[str, SampleKey]:
    """Add the accounts and mint every sample key, two at a time (Argon2id takes a core each)."""
    declared = settings.keys.declared_plans()
    accounts = Accounts(store, declared)
    for account, name, plan in ACCOUNTS:
        await accounts.add(account, name, plan, None, ACTOR)
    hasher, now = Hasher(settings.keys.hashing_params()), time.time()
    rules = _rules_before_legacy_ended(settings)
    usual = Lifecycle(store, rules, hasher)
    a_week_ago = Lifecycle(store, rules, hasher, clock=lambda: now - 7 * DAY_S)
    minted = await asyncio.gather(
        *(_mint(a_week_ago if name == "upstack_expired" else usual, name, order, now) for name, order in ORDERS.items())
    )
    samples = dict(minted)
    await usual.revoke(samples["upstack_revoked"].id, ACTOR, "a sample of a revoked key")
    return samples


async def _mint(lifecycle: Lifecycle, name: str, order: MintOrder, now: float) -> tuple[str, SampleKey]:
    if name == "upstack_expired":
        order = replace(order, expires_at=now - DAY_S)
    minted = await lifecycle.mint(order, ACTOR)
    return name, SampleKey(minted.text, minted.key.id, minted.key.tenant)


def _rules_before_legacy_ended(settings: Settings) -> MintRules:
    """The rules as they were while legacy scopes could still be minted: the demo has two keys from that time."""
    rules, legacy = settings.keys.mint_rules(), settings.keys.legacy_scopes
    known = {name: scope.prefix for name, scope in settings.keys.scopes.items()} | dict.fromkeys(legacy, "upstack")
    return replace(rules, scopes=ScopeTable(known=known, implies={}, legacy={}))
