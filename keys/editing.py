"""Changing what a key is called and may do, without touching its secret. Two people who edit at once are told, not merged."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from keys.audit import AuditTag, audit_event
from keys.errors import KeysError
from keys.lifecycle import key_details, require_mintable, required_living_key
from keys.rules import MintOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from keys.model import Key
    from keys.rules import MintRules
    from keys.store import KeyStore

EDITABLE = frozenset({"name", "labels", "scopes", "resources", "plan", "limit", "expires_at"})
"""What may be changed. Whose a key is (prefix, account, tenant) never is: mint another."""


class Outdated(KeysError):  # noqa: N818 - what the record is
    """The record has changed since the caller read it; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("the key has changed since you read it: read it again")


class Editing:
    """The use case. `actor` is who does it; `clock` gives Unix seconds."""

    def __init__(self, store: KeyStore, rules: MintRules, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock

    async def edit(
        self, key_id: str, changes: Mapping[str, Any], actor: str, *, revisions: frozenset[str] | None = None
    ) -> Key:
        """The key with `changes` (by field name, of EDITABLE). What is no change writes nothing.

        Raises Missing, Rejected with everything that is wrong, and Outdated when the key is at none of `revisions` any
        more (None: whatever it is at).
        A scope or an end that the key has already is not held against it: legacy scopes stay until somebody rotates.
        """
        if not changes.keys() <= EDITABLE:
            raise ValueError(f"not to be changed: {sorted(changes.keys() - EDITABLE)}")
        async with self._store.changing() as writing:
            old = await required_living_key(writing, key_id)
            if revisions is not None and revision_of(old) not in revisions:
                raise Outdated
            new = replace(old, **changes)
            now = self._clock()
            await require_mintable(_order_of(new, old), self._rules, writing, now)
            if new != old:
                event = audit_event(now, actor, AuditTag.KEY_CHANGED, key_id, _difference(old, new))
                await writing.change_key(new, event)
        return new


def revision_of(key: Key) -> str:
    """A text that differs whenever something about the key was changed; its use and its rehashing change nothing."""
    stands = [key.id, key.disabled_at, key.revoked_at, key.rotated_from, key.rotated_to, key.expires_at]
    written = json.dumps([*stands, key_details(key)], sort_keys=True)
    return sha256(written.encode()).hexdigest()[:32]


def _order_of(new: Key, old: Key) -> MintOrder:
    """What the rules must hold of the changed key: all of it, but of scopes and the end only what is new."""
    return MintOrder(
        prefix=new.prefix,
        name=new.name,
        account=new.account,
        tenant=new.tenant,
        resources=new.resources,
        scopes=new.scopes - old.scopes,
        plan=new.plan,
        limit=new.limit,
        expires_at=None if new.expires_at == old.expires_at else new.expires_at,
        labels=new.labels,
    )


def _difference(old: Key, new: Key) -> dict[str, object]:
    before, after = key_details(old), key_details(new)
    changed = [name for name in before if before[name] != after[name]]
    return {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
