"""The limiter of a fleet: buckets in Redis, decided there by one script. All charges of an event-loop turn go together.

A caller waits on a future of its own, and the call to Redis runs in a task that no caller can cancel. Who goes away
leaves nothing behind; a call that takes longer than its deadline ends with its connection (lanes.py).
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, cast

from redis.exceptions import AskError, MovedError, NoScriptError, RedisError

from gateway.limits.bucket import BucketRule
from gateway.limits.limiter import Charge, LimiterFailed
from gateway.limits.redis.deadline import Deadline
from gateway.limits.redis.errors import failed, fault_of
from gateway.limits.redis.lanes import Ask
from gateway.limits.redis.script import CHARGE, Call

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from gateway.limits.bucket import Decision
    from gateway.limits.redis.lanes import Lanes
    from gateway.limits.redis.script import Script
    from gateway.limits.redis.servers import Servers

    Waiting = tuple[Charge, asyncio.Future[Decision]]

CALLS_AT_ONCE = 8
"""Beyond them charges gather for the next call: a slow Redis gets fewer and larger ones."""
CHARGES_PER_CALL = 512
"""Redis does nothing else meanwhile: about a millisecond."""
PROBE_RULE = BucketRule(burst=1000, interval_us=1000, tolerance_us=1_000_000)


class RedisLimiter:
    """Mutable state: `_waiting` (charges that no call has taken yet), `_turn_ends` (whether this turn's end is already
    due to take them) and `_under_way` (the tasks of the calls). It needs no lock: it is used on one event loop.
    """

    def __init__(self, servers: Servers, *, prefix: str, timeout_s: float, script: Script = CHARGE) -> None:
        self._servers = servers
        self._prefix = prefix
        self._timeout_s = timeout_s
        self._script = script
        self._tags = count(1)
        self._waiting: list[Waiting] = []
        self._turn_ends = False
        self._under_way: set[asyncio.Task[None]] = set()
        self.calls = 0
        self.charges = 0

    def charge(self, charge: Charge) -> asyncio.Future[Decision]:
        """As `Limiter.charge`. Raises `LimiterFailed`."""
        loop = asyncio.get_running_loop()
        decided: asyncio.Future[Decision] = loop.create_future()
        self._waiting.append((charge, decided))
        if not self._turn_ends:
            self._turn_ends = True
            loop.call_soon(self._end_turn)
        return decided

    def peek(self, charge: Charge) -> asyncio.Future[Decision]:
        """As `Limiter.peek`. Raises `LimiterFailed`."""
        return self.charge(charge._replace(cost=0))

    async def probe(self) -> None:
        """Charge buckets that are nobody's. Raises `LimiterFailed` when a charge would."""
        names = (f"probe-{number}" for number in range(self._servers.probes))
        await asyncio.gather(*(self.charge(Charge(name, PROBE_RULE)) for name in names))

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
            batch, self._waiting = self._waiting[:CHARGES_PER_CALL], self._waiting[CHARGES_PER_CALL:]
            task = asyncio.get_running_loop().create_task(self._settle(batch))
            self._under_way.add(task)
            task.add_done_callback(self._on_settled)

    def _on_settled(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._end_turn()

    async def _settle(self, batch: list[Waiting]) -> None:
        """Have the batch decided, and tell everyone who still waits, whatever happens."""
        calls = self._calls_of(batch)
        deadline = Deadline(self._timeout_s)
        try:
            with deadline:
                await self._decide([call for call, _ in calls])
        finally:
            for call, waiting in calls:
                _tell(waiting, call.outcome or LimiterFailed("late"))

    def _calls_of(self, batch: list[Waiting]) -> list[tuple[Call, list[Waiting]]]:
        """One call for each place. Whoever was cancelled before its charge was sent is not charged."""
        places: dict[Hashable, list[Waiting]] = {}
        for waiting in batch:
            if not waiting[1].cancelled():
                places.setdefault(self._servers.place(waiting[0].bucket), []).append(waiting)
        self.calls += len(places)
        self.charges += sum(map(len, places.values()))
        return [
            (Call(b"%d" % next(self._tags), self._prefix, [charge for charge, _ in waiting]), waiting)
            for waiting in places.values()
        ]

    async def _decide(self, calls: Sequence[Call]) -> None:
        """Leave in each call its outcome. A second attempt is made for those that it may help, with the script's text:
        it is then no matter whether the server, maybe another than at first, knows the script.
        """
        await self._attempt(calls)
        again = [call for call in calls if isinstance(call.outcome, Exception) and fault_of(call.outcome).again]
        if again:
            if not all(isinstance(call.outcome, NoScriptError) or _is_asked(call) for call in again):
                await self._servers.forget()
            await self._attempt(again, with_text=True)

    async def _attempt(self, calls: Sequence[Call], *, with_text: bool = False) -> None:
        lanes: dict[Lanes, list[Call]] = {}
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

    async def _find(self, call: Call) -> Lanes:
        if _is_asked(call):
            return self._servers.at(call.outcome.node_addr)  # type: ignore[union-attr]
        return await self._servers.find(call.key)

    async def _exchange(self, lanes: Lanes, calls: Sequence[Call], *, with_text: bool) -> None:
        asks: list[Ask] = []
        for call in calls:
            if _is_asked(call):
                asks.append(Ask(("ASKING",), _any_reply))
            asks.append(Ask(call.eval(self._script) if with_text else call.evalsha(self._script), call.read))
        try:
            found = await lanes.exchange(asks)
        except (RedisError, OSError) as error:
            found = [error] * len(asks)
        outcomes = [one for ask, one in zip(asks, found, strict=True) if ask.read is not _any_reply]
        for call, outcome in zip(calls, outcomes, strict=True):
            call.outcome = cast("list[Decision] | Exception", outcome)  # what `call.read` gave, or raised


def _is_asked(call: Call) -> bool:
    """Whether a node of a Cluster named another that has the slot for this one time."""
    return isinstance(call.outcome, AskError) and not isinstance(call.outcome, MovedError)


def _any_reply(reply: object) -> object:
    return reply


def _tell(waiting: list[Waiting], outcome: list[Decision] | Exception) -> None:
    for position, (_, decided) in enumerate(waiting):
        if decided.done():
            continue  # its caller was cancelled
        if isinstance(outcome, Exception):
            decided.set_exception(outcome if isinstance(outcome, LimiterFailed) else failed(outcome))
        else:
            decided.set_result(outcome[position])
