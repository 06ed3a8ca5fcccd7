"""Follows the key store's change feed: what was announced is no longer trusted, a plan only once it was read again.

What this process has applied is written into its lease (keys.nodes), so that a revocation can wait for it. Known keys are
trusted while both are young: what was read, and what was told.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from gateway.status import Health
from gateway.version import VERSION
from keys import ChangeFeed, ChangeSubject, FeedState, Lease, StoreUnavailable

if TYPE_CHECKING:
    from gateway.authenticate import Authenticator
    from gateway.principals import Principals
    from keys import Change, KeyStore

RETRY_S = 1.0
log = structlog.get_logger("gateway.key_changes")


class KeyChanges:
    """One process' view of the store's changes. Mutable state: `is_fresh`, `is_listening`, and `_reloads`,
    the plan readings under way.
    """

    def __init__(self, store: KeyStore, principals: Principals, *, poll_s: float, max_stale_s: float) -> None:
        self._store = store
        self._principals = principals
        self._max_stale_s = max_stale_s
        self._authenticator: Authenticator | None = None
        self._reloads: set[asyncio.Task[None]] = set()
        self.is_fresh = False
        self.is_listening = False
        self.lease = Lease(store.nodes, trust_s=max_stale_s, version=VERSION)
        self.feed = ChangeFeed(
            store,
            self._on_change,
            interval_s=poll_s,
            on_reset=self._on_reset,
            on_applied=self.lease.apply,
            on_state=self._on_state,
        )

    async def start(self, authenticator: Authenticator) -> None:
        """Read the plans and the feed's position once, before the first request. Raises `StoreUnavailable`."""
        self._authenticator = authenticator
        await self._principals.reload_plans(self._store)
        if not await self.feed.read_once():
            raise StoreUnavailable("the changes of keys cannot be read")
        await self.lease.enter()

    async def run(self) -> None:
        """Follow the feed and keep the lease, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.feed.run())
            group.create_task(self.lease.run())
            group.create_task(self._store.listen(self.feed.notice, self._on_hearing))

    async def stop(self) -> None:
        """The last request was answered: nobody needs to wait for this process any more."""
        await self.lease.leave()

    def age_s(self) -> float:
        """How old is what this process knows of keys, or what others know of this process; the older of the two."""
        return max(self.feed.age_s(), self.lease.age_s())

    def health(self) -> Health:
        """Whether keys can be judged: with a warning while known ones are trusted though changes cannot be read."""
        if self.age_s() > self._max_stale_s:
            return Health.FAILED
        return Health.OK if self.is_fresh else Health.WARNING

    def _on_change(self, change: Change) -> None:
        if change.subject is ChangeSubject.PLAN:
            self._reload_plans(change)
        else:
            self._apply(change)

    def _apply(self, change: Change) -> None:
        if self._authenticator is not None:
            self._authenticator.apply(change)

    def _reload_plans(self, change: Change) -> None:
        task = asyncio.create_task(self._reload_and_apply(change))
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def _reload_and_apply(self, change: Change) -> None:
        while True:
            try:
                await self._principals.reload_plans(self._store)
            except StoreUnavailable:
                await asyncio.sleep(RETRY_S)
            else:
                self._apply(change)
                return

    def _on_reset(self) -> None:
        if self._authenticator is not None:
            self._authenticator.forget_all()

    def _on_hearing(self, error: Exception | None) -> None:
        self.is_listening = error is None
        if error is None:
            log.info("key_changes_heard")
        else:
            log.warning("key_changes_not_heard", error=type(error).__name__, found_by="asking")

    def _on_state(self, state: FeedState, error: Exception | None) -> None:
        self.is_fresh = state is FeedState.FRESH
        if error is not None:
            log.warning("key_changes_unreadable", error=str(error), trusted_for_s=self._max_stale_s)
        else:
            log.info("key_changes_readable", sequence=self.feed.applied)
