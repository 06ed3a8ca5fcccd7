"""The bounded pool in which Argon2id runs: never on the event loop, never more at once than threads, fair between keys.

A flood of wrong secrets for one key must not keep another from being verified, so every key id has a lane of its own,
lanes take turns, and only one job of a lane runs at a time. Whatever finds no room is refused at once (503).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class VerifierBusy(Exception):  # noqa: N818 - a state, not a fault
    """The queue of the pool, or of the key's lane, is full."""


@dataclass(slots=True)
class _Job:
    work: Callable[[], object]
    done: asyncio.Future[Any]


class VerifierPool:
    """At most `threads` jobs at once, `queue` waiting in all, `lane_queue` waiting in one lane.

    Mutable state, touched on the event loop only: `_lanes` (jobs waiting, by lane, in turn), `_busy` (lanes with a job
    running) and `_waiting` (their sum).
    """

    def __init__(self, threads: int, queue: int, lane_queue: int = 8) -> None:
        self._threads = threads
        self._queue = queue
        self._lane_queue = lane_queue
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="verifier")
        self._lanes: OrderedDict[str, deque[_Job]] = OrderedDict()
        self._busy: set[str] = set()
        self._waiting = 0

    def __repr__(self) -> str:
        return f"<VerifierPool {len(self._busy)} running, {self._waiting} waiting>"

    @property
    def running(self) -> int:
        return len(self._busy)

    @property
    def waiting(self) -> int:
        return self._waiting

    async def run(self, lane: str, work: Callable[[], T]) -> T:
        """What `work` returns, run in a thread. Raises `VerifierBusy` when there is no room to wait."""
        jobs = self._lanes.get(lane)
        if self._waiting >= self._queue or (jobs is not None and len(jobs) >= self._lane_queue):
            raise VerifierBusy
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._lanes.setdefault(lane, deque()).append(job)
        self._waiting += 1
        self._start_next()
        result: T = await job.done
        return result

    def _start_next(self) -> None:
        while len(self._busy) < self._threads:
            lane = next((name for name in self._lanes if name not in self._busy), None)
            if lane is None:
                return
            self._start(lane, self._take(lane))

    def _take(self, lane: str) -> _Job:
        jobs = self._lanes[lane]
        job = jobs.popleft()
        self._waiting -= 1
        if jobs:
            self._lanes.move_to_end(lane)
        else:
            del self._lanes[lane]
        return job

    def _start(self, lane: str, job: _Job) -> None:
        if job.done.cancelled():
            return
        self._busy.add(lane)
        running = asyncio.get_running_loop().run_in_executor(self._executor, job.work)
        running.add_done_callback(lambda result: self._finish(lane, job, result))

    def _finish(self, lane: str, job: _Job, result: asyncio.Future[object]) -> None:
        self._busy.discard(lane)
        if not job.done.done():
            error = result.exception()
            if error is None:
                job.done.set_result(result.result())
            else:
                job.done.set_exception(error)
        self._start_next()

    def close(self) -> None:
        """Let what runs finish, refuse the rest."""
        self._executor.shutdown(wait=True, cancel_futures=True)
