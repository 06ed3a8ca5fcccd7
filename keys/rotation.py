"""Rotation: a successor with the same rights, and for a while the old key beside it, so that nobody is locked out."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from keys.audit import AuditTag, actor_name, audit_event
from keys.errors import Rejected, Rejection
from keys.lifecycle import Repeated, key_details, key_made_by, key_of, require_mintable, required_living_key
from keys.repeatable import REMEMBERED_S
from keys.rules import MintOrder
from keys.secret import mint_text
from keys.times import iso_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.model import Key
    from keys.repeatable import Repeatable
    from keys.rules import MintRules
    from keys.scopes import ScopeTable
    from keys.store import KeyStore, Writing
    from keys.verify import Hasher

DEFAULT_OVERLAP_S = 86_400
MAX_OVERLAP_S = 90 * 86_400


@dataclass(frozen=True, slots=True)
class Rotated:
    """The successor with its text, to be shown once and forgotten, and the old key with the end that it has now."""

    key: Key
    old: Key
    text: str = field(repr=False)


class Rotation:
    """The use case. `actor` is who does it; `clock` gives Unix seconds."""

    def __init__(
        self, store: KeyStore, rules: MintRules, hasher: Hasher, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._rules = rules
        self._hasher = hasher
        self._clock = clock

    async def rotate(
        self, key_id: str, actor: str, overlap_s: float = DEFAULT_OVERLAP_S, request: Repeatable | None = None
    ) -> Rotated | Repeated:
        """Mints the successor of a living key, which itself ends `overlap_s` from now, or at its own end if that is sooner.

        The successor lives as long as the old key was to live. Legacy scopes become what they stand for: the same
        rights by names of today. Without an overlap, the old key is revoked at once. The same `request` sent again gets
        the successor, without its text. Raises Missing, Rejected, TokenReused and StoreUnavailable.
        """
        _require_overlap(overlap_s)
        record = await self._store.find_key(key_id)
        prefix = record.key.prefix if record else ""
        minted = mint_text(prefix)
        digest = await asyncio.to_thread(self._hasher.hash, minted.text)
        async with self._store.changing() as writing:
            now = self._clock()
            before = None if request is None else await key_made_by(request, writing, now)
            if before is not None:
                return Repeated(before)
            old = await self._required_unrotated(writing, key_id, now)
            new = await self._succeed(writing, old, key_id=minted.id, digest=digest, actor=actor, now=now)
            ended = await _end(writing, old, new, overlap_s, actor, now)
            if request is not None:
                await writing.remember(request, new.id, now, since=now - REMEMBERED_S)
        return Rotated(new, ended, minted.text)

    async def _required_unrotated(self, writing: Writing, key_id: str, now: float) -> Key:
        key = await required_living_key(writing, key_id)
        if key.rotated_to is not None:
            message = f"it was rotated already; its successor is {key.rotated_to}"
            raise Rejected([Rejection("key", key_id, message, "rotate the successor")])
        if key.expires_at is not None and now >= key.expires_at:
            raise Rejected([Rejection("key", key_id, f"it expired at {iso_time(key.expires_at)}", "mint another key")])
        return key

    async def _succeed(self, writing: Writing, old: Key, *, key_id: str, digest: str, actor: str, now: float) -> Key:
        order = successor_order(old, self._rules.scopes, now)
        await require_mintable(order, self._rules, writing, now)
        new = replace(key_of(order, key_id, digest, actor, now), rotated_from=old.id)
        details = key_details(order) | {"rotated_from": old.id}
        await writing.add_key(new, audit_event(now, actor, AuditTag.KEY_MINTED, new.id, details))
        return new


def successor_order(old: Key, scopes: ScopeTable, now: float) -> MintOrder:
    """The order of a key with the rights of `old`, that lives as long from `now` as it was to live. Pure."""
    modern = frozenset[str]().union(*(scopes.legacy.get(scope, frozenset({scope})) for scope in old.scopes))
    return MintOrder(
        prefix=old.prefix,
        name=old.name,
        account=old.account,
        tenant=old.tenant,
        resources=old.resources,
        scopes=modern,
        plan=old.plan,
        limit=old.limit,
        expires_at=None if old.expires_at is None else now + (old.expires_at - old.created_at),
        labels=old.labels,
    )


async def _end(writing: Writing, old: Key, new: Key, overlap_s: float, actor: str, now: float) -> Key:
    """Gives the old key its end, and each its place in the lineage."""
    if overlap_s == 0:
        why = f"rotated to {new.id} without an overlap"
        ended = replace(old, rotated_to=new.id, revoked_at=now, revoked_by=actor_name(actor), revoked_why=why)
    else:
        end = now + overlap_s if old.expires_at is None else min(old.expires_at, now + overlap_s)
        ended = replace(old, rotated_to=new.id, expires_at=end)
    details = {"rotated_to": new.id, "works_until": iso_time(now if overlap_s == 0 else ended.expires_at or now)}
    await writing.change_key(ended, audit_event(now, actor, AuditTag.KEY_ROTATED, old.id, details))
    return ended


def _require_overlap(overlap_s: float) -> None:
    if not 0 <= overlap_s <= MAX_OVERLAP_S:
        message = f"{overlap_s:g} seconds are no overlap"
        raise Rejected([Rejection("overlap_s", f"{overlap_s:g}", message, f"0 to {MAX_OVERLAP_S} seconds (90 days)")])
