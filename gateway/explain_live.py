"""`gateway explain` wired: the key store of the settings, and the real owner look-up of its upstreams."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from gateway.app import upstream_pools
from gateway.declared import declared_routes
from gateway.explain import Explaining
from gateway.limits.policy import LimitPolicy
from gateway.owner_lookup import PooledOwnerLookup
from gateway.ownership import Ownership
from gateway.principals import Principals
from keys import open_store

if TYPE_CHECKING:
    from gateway.explain import Explanation, Question
    from gateway.settings import Loaded


async def explain_live(loaded: Loaded, question: Question, *, ask_owner: bool) -> Explanation:
    """Answer the question from the store as it is now. Raises `keys.StoreError` when that cannot be read."""
    settings = loaded.settings
    policy = LimitPolicy(settings.limits.anonymous.rate)
    principals = Principals(settings.keys.scope_table(), settings.keys.declared_plans(), policy)
    pools = upstream_pools(settings)
    store = await open_store(settings.keys.store_url(loaded.folder), limits=settings.keys.database.limits())
    try:
        await principals.reload_plans(store)
        record = await store.find_key(question.key_id)
        ownership = Ownership(PooledOwnerLookup(pools)) if ask_owner else None
        explaining = Explaining(declared_routes(settings), principals, ownership, time.time())
        return await explaining.explain(question, record)
    finally:
        await store.close()
        await asyncio.gather(*(pool.close(grace_s=0) for pool in pools.values()))
