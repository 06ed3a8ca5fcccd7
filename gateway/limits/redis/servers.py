"""Which server holds a bucket: the only one, the one that Sentinels name, or the node of a Cluster that has its slot."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from bisect import bisect_right
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from redis.crc import key_slot
from redis.exceptions import ClusterDownError, MasterDownError, RedisError

from gateway.limits.redis.address import Kind
from gateway.limits.redis.lanes import Ask, Lanes, dialler

if TYPE_CHECKING:
    from collections.abc import Hashable

    from gateway.limits.redis.address import RedisAddress, Server
    from gateway.limits.redis.lanes import Dial


class Servers(ABC):
    """What is known of where data are. Mutable state: `_lanes`, the connections by server.

    `probes`: how many buckets must be charged to be sure that every server does its work, or all but sure in a Cluster.
    """

    probes = 1

    def __init__(self, address: RedisAddress, dial: Dial) -> None:
        self._address = address
        self._dial = dial
        self._lanes: dict[Server, Lanes] = {}

    @abstractmethod
    def place(self, bucket: str) -> Hashable:
        """Charges of buckets at one place may be decided by one call."""

    @abstractmethod
    async def find(self, key: str) -> Lanes:
        """The connections to the server that holds a key; looked for when it is not known. Raises as redis-py does."""

    async def forget(self) -> None:
        """Close what is idle and look for servers anew, when they are next needed."""
        lanes, self._lanes = self._lanes, {}
        for one in lanes.values():
            await one.drop()

    def at(self, server: Server) -> Lanes:
        """The connections to a server."""
        lanes = self._lanes.get(server)
        if lanes is None:
            lanes = self._lanes[server] = Lanes(server, self._dial)
        return lanes


class SingleServer(Servers):
    """One server, whose address never changes."""

    def place(self, bucket: str) -> Hashable:  # noqa: ARG002 - all are at one place
        return None

    async def find(self, key: str) -> Lanes:  # noqa: ARG002
        return self.at(self._address.servers[0])


class SentinelPrimary(Servers):
    """The primary of a service, as its Sentinels name it; `ask_dial` connects to these."""

    def __init__(self, address: RedisAddress, dial: Dial, ask_dial: Dial) -> None:
        super().__init__(address, dial)
        self._ask_dial = ask_dial
        self._primary: Server | None = None

    def place(self, bucket: str) -> Hashable:  # noqa: ARG002
        return None

    async def find(self, key: str) -> Lanes:  # noqa: ARG002
        if self._primary is None:
            self._primary = await self._ask()
        return self.at(self._primary)

    async def forget(self) -> None:
        self._primary = None
        await super().forget()

    async def _ask(self) -> Server:
        """All at once, for one that is gone may answer nothing at all; the first that knows is believed."""
        asked = [asyncio.create_task(self._ask_one(server)) for server in self._address.servers]
        error: Exception = MasterDownError("no Sentinel answered")
        try:
            for answer in asyncio.as_completed(asked):
                try:
                    return await answer
                except (RedisError, OSError) as failed:
                    error = failed
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        raise error

    async def _ask_one(self, sentinel: Server) -> Server:
        """By a connection that does not outlive the question."""
        lanes = Lanes(sentinel, self._ask_dial)
        question = Ask(("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._address.service), _read_primary)
        try:
            (found,) = await lanes.exchange([question])
        finally:
            await lanes.drop()
        if isinstance(found, Exception):
            raise found
        return cast("Server", found)


class Cluster(Servers):
    """The nodes of a Cluster, by ranges of slots as `CLUSTER SLOTS` tells them: `_starts` sorted, `_owners` alike."""

    probes = 64

    def __init__(self, address: RedisAddress, dial: Dial) -> None:
        super().__init__(address, dial)
        self._starts: list[int] = []
        self._owners: list[tuple[int, Server]] = []
        self._looking: asyncio.Lock = asyncio.Lock()

    def place(self, bucket: str) -> Hashable:
        """Each bucket is a key of its own slot, and a call may only name keys of one."""
        return bucket

    async def find(self, key: str) -> Lanes:
        async with self._looking:
            if not self._starts:
                self._learn(await self._ask())
        slot = key_slot(key.encode())
        position = bisect_right(self._starts, slot) - 1
        if position < 0 or slot > self._owners[position][0]:
            raise ClusterDownError("no node has the slot")
        return self.at(self._owners[position][1])

    async def forget(self) -> None:
        """Known nodes stay, and are asked before those of the address."""
        self._starts = []
        for lanes in self._lanes.values():
            await lanes.drop()

    async def _ask(self) -> list[tuple[int, int, Server]]:
        error: Exception = ClusterDownError("no node answered")
        for server in dict.fromkeys((*self._lanes, *self._address.servers)):
            try:
                (found,) = await self.at(server).exchange([Ask(("CLUSTER", "SLOTS"), partial(_read_slots, server))])
            except (RedisError, OSError) as failed:
                error = failed
                continue
            if isinstance(found, list):
                return found
        raise error

    def _learn(self, ranges: list[tuple[int, int, Server]]) -> None:
        ranges.sort()
        self._starts = [first for first, _, _ in ranges]
        self._owners = [(last, server) for _, last, server in ranges]


def _read_primary(reply: object) -> Server:
    if not isinstance(reply, list):
        raise MasterDownError("the Sentinel knows no such service")
    host, port = cast("list[bytes]", reply)
    return host.decode(), int(port)


def _read_slots(asked: Server, reply: object) -> list[tuple[int, int, Server]]:
    """First and last slot, and the primary of each range; a node that tells no name is the one that was asked."""
    return [
        (int(first), int(last), ((host or b"").decode() or asked[0], int(port)))
        for first, last, (host, port, *_), *_ in cast("list[Any]", reply)
    ]


def servers_of(address: RedisAddress, timeout_s: float, client_name: str) -> Servers:
    """The servers of an address; nothing is asked yet. Sentinels are asked without the servers' credentials."""
    dial = dialler(address, timeout_s, client_name)
    match address.kind:
        case Kind.SINGLE:
            return SingleServer(address, dial)
        case Kind.SENTINEL:
            public = replace(address, username=None, password=None, database=0)
            return SentinelPrimary(address, dial, dialler(public, timeout_s, client_name))
        case Kind.CLUSTER:
            return Cluster(address, dial)
