"""Revoking many keys at once: first seen, then done, all of them or none."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from keys.audit import AuditTag, actor_name, audit_event
from keys.errors import KeysError, Rejected, Rejection
from keys.lifecycle import require_reason
from keys.store import KeyFilter

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.model import Key
    from keys.store import KeyStore

MAX_AT_ONCE = 500
"""One transaction holds up every other change: a thousand statements are some hundred milliseconds."""


class Unexpected(KeysError):  # noqa: N818 - what was found
    """Other keys fit than the caller saw; nothing was changed."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"{found} keys fit, and not {expected}: look again")
        self.found = found


@dataclass(frozen=True, slots=True)
class MassRevocation:
    """The use case. `actor` is who does it; `clock` gives Unix seconds."""

    store: KeyStore
    clock: Callable[[], float] = time.time

    async def matches(self, wanted: KeyFilter) -> list[Key]:
        """The keys that would be revoked: those that fit and are not revoked yet, newest first.

        Raises Rejected for a filter that lets every key through, and for one that lets too many through.
        """
        if wanted == KeyFilter():
            raise Rejected([Rejection("filter", "", "this would revoke every key there is", "at least one condition")])
        found = await self.store.list_keys(replace(wanted, is_revoked=False), limit=MAX_AT_ONCE + 1, now=self.clock())
        if len(found) > MAX_AT_ONCE:
            message = f"more than {MAX_AT_ONCE} keys fit"
            raise Rejected([Rejection("filter", "", message, f"at most {MAX_AT_ONCE} at once: narrow it, and repeat")])
        return found

    async def revoke(self, wanted: KeyFilter, expected: int, actor: str, why: str) -> list[Key]:
        """Revokes what fits, if it is as many as `expected`; gives the keys as they are now. Raises Rejected, Unexpected."""
        require_reason(why)
        found = await self.matches(wanted)
        async with self.store.changing() as writing:
            # Read anew, under the lock: somebody may have changed one since.
            living = [key for one in found if (key := await writing.key(one.id)) and key.revoked_at is None]
            if len(living) != expected:
                raise Unexpected(expected, len(living))
            now = self.clock()
            revoked = [replace(key, revoked_at=now, revoked_by=actor_name(actor), revoked_why=why) for key in living]
            for key in revoked:
                details = {"why": why, "together_with": expected - 1}
                await writing.change_key(key, audit_event(now, actor, AuditTag.KEY_REVOKED, key.id, details))
        return revoked
