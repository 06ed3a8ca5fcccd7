"""What may be done with a key: mint, revoke, disable, enable. Each is one transaction with its audit event.

The rules are in keys.rules (pure); this is their thin shell: read what they need, under the store's lock, and write.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from keys.audit import AuditTag, actor_name, audit_event
from keys.errors import Missing, Rejected, Rejection
from keys.model import Key, Tenant
from keys.plans import PlanBook, describe_limit
from keys.repeatable import REMEMBERED_S, TokenReused
from keys.secret import display_hint, looks_like_key, mint_text
from keys.times import iso_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.repeatable import Repeatable
    from keys.rules import MintOrder, MintRules
    from keys.secret import MintedText
    from keys.store import KeyStore, Writing
    from keys.verify import Hasher

MAX_WHY = 500


@dataclass(frozen=True, slots=True)
class Minted:
    """A new key, and its text: to be shown once and forgotten."""

    key: Key
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Repeated:
    """The key that the same request has made before. Its text was shown then, and is nowhere now."""

    key: Key


class Lifecycle:
    """The use cases of keys. `actor` is who does it, for the record and the audit log: `cli:anna`, or
    `operator:7f3kQ2bX9d from 192.0.2.7` (the record keeps the first part alone).
    """

    def __init__(
        self, store: KeyStore, rules: MintRules, hasher: Hasher, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._rules = rules
        self._hasher = hasher
        self._clock = clock

    async def mint(self, order: MintOrder, actor: str) -> Minted:
        """Makes a key, and registers its tenant under the account if it is new.

        Raises Rejected with everything that is wrong with the order, and StoreUnavailable.
        """
        minted, digest = await self._new_text(order.prefix)
        async with self._store.changing() as writing:
            key = await self._write(order, minted.id, digest, actor, writing)
        return Minted(key, minted.text)

    async def mint_once(self, order: MintOrder, actor: str, request: Repeatable) -> Minted | Repeated:
        """Like `mint`, but the same request sent again gets the key that it has made already.

        Raises TokenReused when the token stood for something else.
        """
        minted, digest = await self._new_text(order.prefix)
        async with self._store.changing() as writing:
            before = await key_made_by(request, writing, self._clock())
            if before is not None:
                return Repeated(before)
            key = await self._write(order, minted.id, digest, actor, writing)
            await writing.remember(request, key.id, key.created_at, since=key.created_at - REMEMBERED_S)
        return Minted(key, minted.text)

    async def _new_text(self, prefix: str) -> tuple[MintedText, str]:
        """A new text and its digest. Outside any transaction: hashing is slow, and nobody else could write meanwhile."""
        minted = mint_text(prefix)
        return minted, await asyncio.to_thread(self._hasher.hash, minted.text)

    async def _write(self, order: MintOrder, key_id: str, digest: str, actor: str, writing: Writing) -> Key:
        now = self._clock()
        is_new_tenant = await require_mintable(order, self._rules, writing, now)
        if order.tenant is not None and is_new_tenant:
            await writing.add_tenant(Tenant(order.tenant, order.account, now))
        key = key_of(order, key_id, digest, actor, now)
        details = key_details(order) | {"new_tenant": is_new_tenant}
        await writing.add_key(key, audit_event(now, actor, AuditTag.KEY_MINTED, key.id, details))
        return key

    async def revoke(self, key_id: str, actor: str, why: str) -> Key:
        """Ends a key for ever. A key that is revoked already stays as it is, with who did it first and why."""
        require_reason(why)
        async with self._store.changing() as writing:
            key = await required_key(writing, key_id)
            if key.revoked_at is not None:
                return key
            now = self._clock()
            revoked = replace(key, revoked_at=now, revoked_by=actor_name(actor), revoked_why=why)
            event = audit_event(now, actor, AuditTag.KEY_REVOKED, key.id, {"why": why})
            await writing.change_key(revoked, event)
            return revoked

    async def disable(self, key_id: str, actor: str) -> Key:
        """Stops a key until it is enabled again. Does nothing to one that is disabled."""
        async with self._store.changing() as writing:
            key = await required_living_key(writing, key_id)
            if key.disabled_at is not None:
                return key
            now = self._clock()
            disabled = replace(key, disabled_at=now)
            await writing.change_key(disabled, audit_event(now, actor, AuditTag.KEY_DISABLED, key.id, {}))
            return disabled

    async def enable(self, key_id: str, actor: str) -> Key:
        """Lets a disabled key work again. Does nothing to one that is not disabled."""
        async with self._store.changing() as writing:
            key = await required_living_key(writing, key_id)
            if key.disabled_at is None:
                return key
            now = self._clock()
            enabled = replace(key, disabled_at=None)
            details = {"disabled_since": iso_time(key.disabled_at)}
            await writing.change_key(enabled, audit_event(now, actor, AuditTag.KEY_ENABLED, key.id, details))
            return enabled


def missing_key(key_id: str) -> Missing:
    """The error for an id that no key has. A whole key given in its place is never repeated."""
    if looks_like_key(key_id):
        hint = "that is a whole key, and a secret: give its id, the 10 characters after the prefix"
        return Missing("key", "***", hint)
    return Missing("key", key_id, f"there is no key with the id {key_id!r}")


def require_reason(why: str) -> None:
    """Raises Rejected for a revocation without a reason, or with one that would not fit its line."""
    if not 1 <= len(why) <= MAX_WHY:
        raise Rejected([Rejection("why", why[:80], "a revocation needs a reason", f"1 to {MAX_WHY} characters")])


async def require_mintable(order: MintOrder, rules: MintRules, writing: Writing, now: float) -> bool:
    """Holds an order against the rules and the store. Raises Rejected; True if its tenant is not registered yet."""
    account = await writing.account(order.account)
    tenant = None if order.tenant is None else await writing.tenant(order.tenant)
    book = PlanBook(rules.declared_plans, await writing.plans())
    holder = tenant.account if tenant else None
    rules.require_mintable(order, account=account, tenant_holder=holder, book=book, now=now)
    return order.tenant is not None and tenant is None


async def key_made_by(request: Repeatable, writing: Writing, now: float) -> Key | None:
    """The key that this request has made already. Raises TokenReused when its token stood for another one."""
    made = await writing.made_by(request, since=now - REMEMBERED_S)
    if made is None:
        return None
    if made.fingerprint != request.fingerprint:
        raise TokenReused
    return await required_key(writing, made.key_id)


async def required_key(writing: Writing, key_id: str) -> Key:
    """The key. Raises Missing."""
    key = await writing.key(key_id)
    if key is None:
        raise missing_key(key_id)
    return key


async def required_living_key(writing: Writing, key_id: str) -> Key:
    """The key. Raises Missing, and Rejected for one that is revoked."""
    key = await required_key(writing, key_id)
    if key.revoked_at is not None:
        message = f"{display_hint(key.prefix, key.id)} was revoked at {iso_time(key.revoked_at)}, and that is final: mint another"
        raise Rejected([Rejection("key", key_id, message)])
    return key


def key_of(order: MintOrder, key_id: str, digest: str, actor: str, now: float) -> Key:
    """The new key that an order asks for."""
    return Key(
        id=key_id,
        prefix=order.prefix,
        name=order.name,
        account=order.account,
        tenant=order.tenant,
        resources=order.resources,
        scopes=order.scopes,
        plan=order.plan,
        limit=order.limit,
        digest=digest,
        created_at=now,
        created_by=actor_name(actor),
        expires_at=order.expires_at,
        labels=order.labels,
    )


def key_details(order: MintOrder | Key) -> dict[str, object]:
    """What a key is to be, or is, as the audit log keeps it."""
    return {
        "prefix": order.prefix,
        "name": order.name,
        "account": order.account,
        "tenant": order.tenant,
        "resources": None if order.resources is None else list(order.resources),
        "scopes": sorted(order.scopes),
        "plan": order.plan,
        "limit": describe_limit(order.limit) if order.limit else None,
        "expires_at": None if order.expires_at is None else iso_time(order.expires_at),
        "labels": dict(order.labels),
    }
