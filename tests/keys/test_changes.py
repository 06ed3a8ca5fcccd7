"""The change feed, told as stories: what it applies, in which order, and what it does when the store is away."""

from __future__ import annotations

import asyncio

import pytest

from keys.changes import ChangeFeed, FeedState
from keys.errors import StoreUnavailable
from keys.model import Change, ChangeSubject
from tests.keys.builders import Clock


def change(seq: int) -> Change:
    return Change(seq, ChangeSubject.KEY, f"key-{seq}")


class SourceInHand:
    """A change source that holds what the test puts into it, and fails or hangs when it is told to."""

    def __init__(self, *seqs: int) -> None:
        self.changes = [change(seq) for seq in seqs]
        self.latest = max(seqs, default=0)
        self.failing = False
        self.hanging = False
        self.reads = 0

    def add(self, *seqs: int) -> None:
        self.changes += [change(seq) for seq in seqs]
        self.latest = seqs[-1]

    async def latest_change(self) -> int:
        self.reads += 1
        if self.hanging:
            await asyncio.Event().wait()
        if self.failing:
            raise StoreUnavailable("away")
        return self.latest

    async def changes_since(self, seq: int, limit: int = 2) -> list[Change]:
        if self.failing:
            raise StoreUnavailable("away")
        return [one for one in self.changes if one.seq > seq][:limit]


class Listener:
    """Remembers what a feed said, in order."""

    def __init__(self) -> None:
        self.said: list[object] = []
        self.heard = asyncio.Event()

    def on_change(self, change: Change) -> None:
        self.said.append(change.seq)
        self.heard.set()

    def on_reset(self) -> None:
        self.said.append("reset")

    def on_state(self, state: FeedState, error: Exception | None) -> None:
        self.said.append((state.value, type(error).__name__ if error else None))


def make_feed(source, listener, **options):
    return ChangeFeed(source, listener.on_change, on_reset=listener.on_reset, on_state=listener.on_state, **options)


@pytest.fixture
def listener():
    return Listener()


async def test_a_feed_begins_at_the_latest_change_with_everything_to_be_dropped(listener):
    source = SourceInHand(1, 2, 3)
    feed = make_feed(source, listener)
    assert feed.applied is None
    assert await feed.read_once()
    assert listener.said == ["reset", ("fresh", None)]
    assert feed.applied == 3


async def test_changes_are_applied_in_order_across_batches(listener):
    source = SourceInHand()
    feed = make_feed(source, listener)
    await feed.read_once()
    source.add(1, 2, 3, 4, 5)
    await feed.read_once()
    await feed.read_once()
    assert listener.said == ["reset", ("fresh", None), 1, 2, 3, 4, 5]
    assert feed.applied == 5


async def test_after_a_failure_it_goes_on_from_its_number_and_tells_of_the_turns_only(listener):
    source = SourceInHand(1)
    feed = make_feed(source, listener)
    await feed.read_once()
    source.failing = True
    source.add(2, 3)
    assert not await feed.read_once()
    assert not await feed.read_once()
    assert feed.applied == 1
    source.failing = False
    assert await feed.read_once()
    assert listener.said == ["reset", ("fresh", None), ("failing", "StoreUnavailable"), 2, 3, ("fresh", None)]


async def test_a_failure_between_two_batches_repeats_nothing(listener):
    source = SourceInHand()
    feed = make_feed(source, listener)
    await feed.read_once()
    source.add(1, 2, 3)
    read = source.changes_since

    async def fails_after_the_first_batch(seq, limit=2):
        if seq == 2:
            raise StoreUnavailable("away")
        return await read(seq, limit)

    source.changes_since = fails_after_the_first_batch
    assert not await feed.read_once()
    assert feed.applied == 2
    source.changes_since = read
    assert await feed.read_once()
    assert [one for one in listener.said if isinstance(one, int)] == [1, 2, 3]


async def test_a_store_that_never_answers_is_a_failure(listener):
    source = SourceInHand(1)
    feed = make_feed(source, listener, timeout_s=0.01)
    source.hanging = True
    assert not await feed.read_once()
    assert listener.said == [("failing", "TimeoutError")]


async def test_missing_rows_mean_that_everything_must_be_dropped(listener):
    source = SourceInHand(1)
    feed = make_feed(source, listener)
    await feed.read_once()
    source.changes = []
    source.add(4, 5)
    await feed.read_once()
    assert listener.said == ["reset", ("fresh", None), "reset"]
    assert feed.applied == 5


async def test_a_store_put_back_to_an_older_state_means_it_too(listener):
    source = SourceInHand(1, 2, 3)
    feed = make_feed(source, listener)
    await feed.read_once()
    source.latest = 1
    await feed.read_once()
    assert listener.said == ["reset", ("fresh", None), "reset"]
    assert feed.applied == 1


async def test_the_age_counts_from_the_last_reading_that_worked(listener):
    clock = Clock(100.0)
    source = SourceInHand()
    feed = make_feed(source, listener, monotonic=clock)
    assert feed.age_s() == float("inf")
    await feed.read_once()
    clock.now += 7
    assert feed.age_s() == 7
    source.failing = True
    await feed.read_once()
    clock.now += 1
    assert feed.age_s() == 8
    source.failing = False
    await feed.read_once()
    assert feed.age_s() == 0


async def test_a_notice_wakes_it_at_once(listener):
    source = SourceInHand()
    feed = make_feed(source, listener, interval_s=3600)
    task = asyncio.create_task(feed.run())
    try:
        async with asyncio.timeout(10):
            while feed.applied is None:
                await asyncio.sleep(0)
            source.add(1)
            feed.notice()
            await listener.heard.wait()
    finally:
        task.cancel()
    assert listener.said[-1] == 1


async def test_without_a_notice_it_polls(listener):
    source = SourceInHand()
    feed = make_feed(source, listener, interval_s=0.01)
    task = asyncio.create_task(feed.run())
    try:
        async with asyncio.timeout(10):
            while feed.applied is None:
                await asyncio.sleep(0)
            source.add(1)
            await listener.heard.wait()
    finally:
        task.cancel()
    assert feed.applied == 1


async def test_a_fault_of_the_listener_is_not_swallowed(listener):
    source = SourceInHand()

    def on_change(_change):
        raise ZeroDivisionError

    feed = ChangeFeed(source, on_change)
    await feed.read_once()
    source.add(1)
    with pytest.raises(ZeroDivisionError):
        await feed.run()
    assert feed.applied == 0
