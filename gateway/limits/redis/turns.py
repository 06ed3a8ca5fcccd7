"""Questions to a script in Redis: all of an event-loop turn in one call.

Who asks waits on a future of its own, and the call runs in a task that nobody who asks can cancel. Who goes away leaves
nothing behind; a call that takes longer than its deadline ends with its connection (lanes.py).
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, cast

from redis.exceptions import AskError, MovedError, NoScriptError, RedisError

from gateway.limits.limiter import LimiterFailed
from gateway.limits.redis.deadline import Deadline
from gateway.limits.redis.errors import Again, failed, fault_of
from gateway.limits.redis.lanes import Ask

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from gateway.limits.redis.lanes import Lanes
    from gateway.limits.redis.script import Call
    from gateway.limits.redis.servers import Servers

CALLS_AT_ONCE = 8
"""Beyond them questions gather for the next call: a slow Redis gets fewer and larger ones."""
QUESTIONS_PER_CALL = 512
"""Redis does nothing else meanwhile: about a millisecond."""


class Question(Protocol):
    """What is asked of one bucket."""

    @property
    def bucket(self) -> str: ...


Q = TypeVar("Q", bound=Question)
A = TypeVar("A")


class Turns(Generic[Q, A]):
    """Mutable state: `_waiting` (questions that no call has taken yet), `_turn_ends` (whether this turn's end is already
    due to take them) and `_under_way` (the tasks of the calls). It needs no lock: it is used on one event loop.
    """

    def __init__(self, servers: Servers, timeout_s: float, call_of: Callable[[bytes, Sequence[Q]], Call[Q, A]]) -> None:
        self._servers = servers
        self._timeout_s = timeout_s
        self._call_of = call_of
        self._tags = count(1)
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._turn_ends = False
        self._under_way: set[asyncio.Task[None]] = set()
        self.calls = 0
        self.questions = 0

    def ask(self, question: Q) -> asyncio.Future[A]:
        """The answer, once the call of this turn has come back. It raises `LimiterFailed`."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[A] = loop.create_future()
        self._waiting.append((question, answer))
        if not self._turn_ends:
            self._turn_ends = True
            loop.call_soon(self._end_turn)
        return answer

    async def close(self) -> None:
        """Give up what is under way, and every connection."""
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._servers.forget()

    def _end_turn(self) -> None:
        self._turn_ends = False
        while self._waiting and len(self._under_way) < CALLS_AT_ONCE:
            batch, self._waiting = self._waiting[:QUESTIONS_PER_CALL], self._waiting[QUESTIONS_PER_CALL:]
            task = asyncio.get_running_loop().create_task(self._settle(batch))
            self._under_way.add(task)
            task.add_done_callback(self._on_settled)

    def _on_settled(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._end_turn()

    async def _settle(self, batch: list[tuple[Q, asyncio.Future[A]]]) -> None:
        """Make the calls of a batch, and tell everyone who still waits, whatever happens."""
        calls = self._calls_of(batch)
        try:
            with Deadline(self._timeout_s):
                await self._make([call for call, _ in calls])
        finally:
            for call, answers in calls:
                _tell(answers, call.outcome or LimiterFailed("late"))

    def _calls_of(self, batch: list[tuple[Q, asyncio.Future[A]]]) -> list[tuple[Call[Q, A], list[asyncio.Future[A]]]]:
        """One call for each place. What was cancelled before it was sent is not asked."""
        places: dict[Hashable, tuple[list[Q], list[asyncio.Future[A]]]] = {}
        for question, answer in batch:
            if not answer.cancelled():
                questions, answers = places.setdefault(self._servers.place(question.bucket), ([], []))
                questions.append(question)
                answers.append(answer)
                self.questions += 1
        self.calls += len(places)
        return [(self._call_of(b"%d" % next(self._tags), asked), answers) for asked, answers in places.values()]

    async def _make(self, calls: Sequence[Call[Q, A]]) -> None:
        """Leave in each call its outcome. A second attempt is made for those that it may help, with the script's text:
        it is then no matter whether the server, maybe another than at first, knows the script.
        """
        await self._attempt(calls)
        again = [call for call in calls if isinstance(call.outcome, Exception) and _may_be_repeated(call, call.outcome)]
        if again:
            if not all(isinstance(call.outcome, NoScriptError) or _is_asked(call) for call in again):
                await self._servers.forget()
            await self._attempt(again, with_text=True)

    async def _attempt(self, calls: Sequence[Call[Q, A]], *, with_text: bool = False) -> None:
        lanes: dict[Lanes, list[Call[Q, A]]] = {}
        for call in calls:
            try:
                lanes.setdefault(await self._find(call), []).append(call)
            except (RedisError, OSError) as error:
                call.outcome = error
        if len(lanes) == 1:  # the usual case costs no tasks
            for lane, its in lanes.items():
                await self._exchange(lane, its, with_text=with_text)
        else:
            await asyncio.gather(*(self._exchange(lane, its, with_text=with_text) for lane, its in lanes.items()))

    async def _find(self, call: Call[Q, A]) -> Lanes:
        if _is_asked(call):
            return self._servers.at(call.outcome.node_addr)  # type: ignore[union-attr]
        return await self._servers.find(call.key)

    async def _exchange(self, lanes: Lanes, calls: Sequence[Call[Q, A]], *, with_text: bool) -> None:
        asks: list[Ask] = []
        for call in calls:
            if _is_asked(call):
                asks.append(Ask(("ASKING",), _any_reply))
            asks.append(Ask(call.command(with_text=with_text), call.read))
        try:
            found = await lanes.exchange(asks)
        except (RedisError, OSError) as error:
            found = [error] * len(asks)
        outcomes = [one for ask, one in zip(asks, found, strict=True) if ask.read is not _any_reply]
        for call, outcome in zip(calls, outcomes, strict=True):
            call.outcome = cast("list[A] | Exception", outcome)  # what `call.read` gave, or raised


def _is_asked(call: Call[Q, A]) -> bool:
    """Whether a node of a Cluster named another that has the slot for this one time."""
    return isinstance(call.outcome, AskError) and not isinstance(call.outcome, MovedError)


def _may_be_repeated(call: Call[Q, A], error: Exception) -> bool:
    again = fault_of(error).again
    return again is Again.NOT_DONE or (again is Again.PERHAPS_DONE and call.repeatable)


def _any_reply(reply: object) -> object:
    return reply


def _tell(answers: list[asyncio.Future[A]], outcome: list[A] | Exception) -> None:
    for position, answer in enumerate(answers):
        if answer.done():
            continue  # who asked was cancelled
        if isinstance(outcome, Exception):
            answer.set_exception(outcome if isinstance(outcome, LimiterFailed) else failed(outcome))
        else:
            answer.set_result(outcome[position])
