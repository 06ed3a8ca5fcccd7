"""LISTEN/NOTIFY on a real PostgreSQL: a change wakes every reader; what cannot be heard is found by asking."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from keys.audit import AuditTag
from keys.changes import ChangeFeed
from keys.model import ChangeSubject
from keys.store import StoreLimits, open_store
from tests.contract.test_key_store import ACCOUNT, add_account, event
from tests.fakes.deaf_postgres import deaf_way_to

PATIENCE_S = 30


class Ear:
    """What a listener said."""

    def __init__(self) -> None:
        self.hearing: asyncio.Queue[Exception | None] = asyncio.Queue()
        self.noticed = asyncio.Event()

    async def hears(self) -> Exception | None:
        async with asyncio.timeout(PATIENCE_S):
            return await self.hearing.get()

    async def notices(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.noticed.wait()
        self.noticed.clear()


@pytest.fixture
async def store(postgres):
    store = await open_store(postgres.new_database(), create=True)
    yield store
    await store.close()


@pytest.fixture
async def ear(store):
    """A listener that hears."""
    ear = Ear()
    task = asyncio.create_task(store.listen(ear.noticed.set, ear.hearing.put_nowait))
    assert await ear.hears() is None
    await ear.notices()
    yield ear
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def run(store, statement: str) -> None:
    async with store._engine.connect() as connection:
        await connection.execute(text(statement))


async def cut_listeners(store) -> None:
    await run(
        store,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_notify%' AND pid <> pg_backend_pid()",
    )


async def test_a_commit_is_heard_of(store, ear):
    await add_account(store)
    await ear.notices()


async def change_and_think_better_of_it(store) -> None:
    async with store.changing() as writing:
        await writing.add_account(ACCOUNT, event(AuditTag.ACCOUNT_ADDED, ACCOUNT.id))
        await writing.end()
        raise RuntimeError


async def test_what_is_rolled_back_is_not_heard_of(store, ear):
    with pytest.raises(RuntimeError):
        await change_and_think_better_of_it(store)
    assert not ear.noticed.is_set()
    await add_account(store)
    await ear.notices()


async def test_a_feed_that_never_polls_sees_a_change_by_its_notice(store):
    """The interval is an hour: only the notice can have woken the feed."""
    seen, heard = asyncio.Queue(), asyncio.Queue()
    feed = ChangeFeed(store, seen.put_nowait, interval_s=3600)
    tasks = [asyncio.create_task(feed.run()), asyncio.create_task(store.listen(feed.notice, heard.put_nowait))]
    async with asyncio.timeout(PATIENCE_S):
        assert await heard.get() is None
        await add_account(store)
        change = await seen.get()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (change.subject, change.id) == (ChangeSubject.ACCOUNT, ACCOUNT.id)


async def test_after_a_cut_it_listens_again_and_says_so(store, ear):
    await cut_listeners(store)
    assert isinstance(await ear.hears(), Exception)
    assert await ear.hears() is None
    await ear.notices()  # for whatever happened meanwhile
    await add_account(store)
    await ear.notices()


async def test_a_lost_notice_costs_one_interval(store):
    """Nobody listens; the feed finds the change by asking."""
    seen = asyncio.Queue()
    feed = ChangeFeed(store, seen.put_nowait, interval_s=0.02)
    task = asyncio.create_task(feed.run())
    async with asyncio.timeout(PATIENCE_S):
        while feed.applied is None:
            await asyncio.sleep(0)
        await add_account(store)
        assert (await seen.get()).id == ACCOUNT.id
    task.cancel()


async def test_nothing_listens_where_the_settings_say_no(postgres):
    store = await open_store(postgres.new_database(), create=True, limits=StoreLimits(listen=False))
    async with asyncio.timeout(PATIENCE_S):
        await store.listen(lambda: None)
    await store.close()


async def test_a_change_that_stands_still_is_ended_so_that_others_may_change(store):
    """What a process leaves behind that was cut off in the middle of a change: PostgreSQL is told to end it."""
    async with store.changing() as writing:
        found = await writing._connection.execute(text("SHOW idle_in_transaction_session_timeout"))
        assert found.scalar_one() == "10s"
    async with store._engine.connect() as connection:
        found = await connection.execute(text("SHOW idle_in_transaction_session_timeout"))
        assert found.scalar_one() == "0"


async def test_where_notices_are_swallowed_that_is_said_and_changes_are_found_by_asking(postgres):
    url = postgres.new_database()
    async with deaf_way_to(postgres.port) as port:
        store = await open_store(url.replace(str(postgres.port), str(port)) + "?ssl=disable", create=True)
        ear, seen = Ear(), asyncio.Queue()
        feed = ChangeFeed(store, seen.put_nowait, interval_s=0.02)
        listening = asyncio.create_task(store.listen(ear.noticed.set, ear.hearing.put_nowait))
        assert "did not come back" in str(await ear.hears())
        await feed.read_once()
        asking = asyncio.create_task(feed.run())
        await add_account(store)
        async with asyncio.timeout(PATIENCE_S):
            assert (await seen.get()).id == ACCOUNT.id
        assert not ear.noticed.is_set()
        for task in (listening, asking):
            task.cancel()
        await asyncio.gather(listening, asking, return_exceptions=True)
        await store.close()
