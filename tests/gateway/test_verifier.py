"""The verifier pool: bounded, one job of a lane at a time, lanes in turn."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from gateway.verifier import VerifierBusy, VerifierPool


class Gated:
    """Work that says when it started and ends when it is let go."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self.log, self.gate = name, log, threading.Event()
        self.started = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def __call__(self) -> str:
        self.log.append(self.name)
        self._loop.call_soon_threadsafe(self.started.set)
        assert self.gate.wait(20)
        return self.name


@pytest.fixture
async def make_pool() -> AsyncIterator[Callable[..., VerifierPool]]:
    pools: list[VerifierPool] = []

    def make(threads: int, queue: int, lane_queue: int = 8) -> VerifierPool:
        pools.append(VerifierPool(threads, queue, lane_queue))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


async def test_no_more_run_at_once_than_there_are_threads(make_pool) -> None:
    pool, log = make_pool(2, 10), []
    works = [Gated(str(number), log) for number in range(3)]
    tasks = [asyncio.create_task(pool.run(f"lane {work.name}", work)) for work in works]
    await asyncio.gather(works[0].started.wait(), works[1].started.wait())
    assert repr(pool) == "<VerifierPool 2 running, 1 waiting>"
    works[0].gate.set()
    await works[2].started.wait()
    works[1].gate.set()
    works[2].gate.set()
    assert await asyncio.gather(*tasks) == ["0", "1", "2"]
    assert (pool.running, pool.waiting) == (0, 0)


async def test_a_flood_on_one_lane_leaves_the_other_thread_and_the_next_turn_to_others(make_pool) -> None:
    pool, log = make_pool(2, 10), []
    flood = [Gated(f"flood {number}", log) for number in range(4)]
    tasks = [asyncio.create_task(pool.run("attacked", work)) for work in flood]
    await flood[0].started.wait()
    assert repr(pool) == "<VerifierPool 1 running, 3 waiting>", "a second of the lane would take the other thread"
    valid = Gated("valid", log)
    valid.gate.set()
    assert await pool.run("quiet", valid) == "valid"
    assert log == ["flood 0", "valid"]
    for work in flood:
        work.gate.set()
    await asyncio.gather(*tasks)
    assert log == ["flood 0", "valid", "flood 1", "flood 2", "flood 3"]


async def test_lanes_take_turns(make_pool) -> None:
    pool, log = make_pool(1, 10), []
    first = Gated("hold", log)
    tasks = [asyncio.create_task(pool.run("a", first))]
    await first.started.wait()
    for lane in ("a", "a", "b", "c"):
        work = Gated(lane, log)
        work.gate.set()
        tasks.append(asyncio.create_task(pool.run(lane, work)))
    await asyncio.sleep(0)
    first.gate.set()
    await asyncio.gather(*tasks)
    assert log == ["hold", "a", "b", "c", "a"]


async def test_what_finds_no_room_is_refused_at_once(make_pool) -> None:
    pool, log = make_pool(1, queue=2, lane_queue=1), []
    works = [Gated(str(number), log) for number in range(3)]
    tasks = [asyncio.create_task(pool.run("a", works[0]))]
    await works[0].started.wait()
    tasks.append(asyncio.create_task(pool.run("a", works[1])))
    await asyncio.sleep(0)
    with pytest.raises(VerifierBusy):  # the lane is full
        await pool.run("a", works[2])
    tasks.append(asyncio.create_task(pool.run("b", works[2])))
    await asyncio.sleep(0)
    with pytest.raises(VerifierBusy):  # the queue is full
        await pool.run("c", lambda: "never")
    for work in works:
        work.gate.set()
    assert await asyncio.gather(*tasks) == ["0", "1", "2"]


async def test_an_error_of_the_work_is_its_callers(make_pool) -> None:
    pool = make_pool(1, 2)

    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await pool.run("a", broken)
    assert await pool.run("a", lambda: 7) == 7


async def test_a_caller_that_gave_up_while_waiting_costs_no_thread(make_pool) -> None:
    pool, log = make_pool(1, 4), []
    running = Gated("running", log)
    first = asyncio.create_task(pool.run("a", running))
    await running.started.wait()
    waiting = asyncio.create_task(pool.run("b", Gated("never", log)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    running.gate.set()
    assert await first == "running"
    assert await pool.run("c", lambda: "next") == "next"
    assert log == ["running"]
    assert (pool.running, pool.waiting) == (0, 0)
