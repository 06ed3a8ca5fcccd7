"""The traffic of a soak: clients that ask, are refused, upload, and now and then go away in the middle."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.hostile.rows.row import TE, get, post, sized
from tests.hostile.vitals import descriptors, eventually, pool, rss_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hostile.deployed import Deployed

ABORT_SHARE = 0.02
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Mark:
    """What the gateway holds when all is quiet, and what has happened so far."""

    requests: int
    aborted: int
    wrong: int
    rss_bytes: int
    descriptors: int
    pool: float


@dataclass
class _Counts:
    requests: int = 0
    aborted: int = 0
    wrong: int = 0


def soak(gateway: Deployed, requests: int, clients: int, every: int) -> Iterator[Mark]:
    """A mark after each `every` requests, until there have been `requests`."""
    counts, rng = _Counts(), random.Random(6)
    while counts.requests < requests:
        asyncio.run(_round(gateway, counts, rng, clients, every // clients))
        eventually(lambda: not pool(gateway)["in flight"], "the round is over")
        gateway.backend.forget()
        pid = gateway.process.pid
        idle = pool(gateway)["idle"]
        yield Mark(counts.requests, counts.aborted, counts.wrong, rss_bytes(pid), descriptors(pid), idle)


async def _round(gateway: Deployed, counts: _Counts, rng: random.Random, clients: int, each: int) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(_client(gateway, counts, random.Random(rng.random()), each))


async def _client(gateway: Deployed, counts: _Counts, rng: random.Random, each: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    for number in range(each):
        counts.requests += 1
        target = b"/api/things?number=%d-%d" % (rng.randrange(10**9), number)
        raw, status, body = _request(rng, target)
        raw = gateway.keys.fill(raw)
        if rng.random() < ABORT_SHARE:
            counts.aborted += 1
            writer.write(raw[: rng.randrange(len(raw))])
            (writer.transport.abort if rng.random() < 0.5 else writer.close)()
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            continue
        writer.write(raw)
        answered = await _read(reader)
        counts.wrong += answered[0] != status or (body is not None and answered[1] != body)
    writer.close()


def _request(rng: random.Random, target: bytes) -> tuple[bytes, bytes, bytes | None]:
    """A request, the status it must get, and the body, where that is its own target."""
    kind = rng.random()
    if kind < 0.6:
        return get(target=target), b"200", target
    if kind < 0.7:
        return sized(b"x" * rng.randrange(20_000), target=target), b"200", target
    if kind < 0.8:
        return post(TE + b"chunked", body=b"5\r\nhello\r\n0\r\n\r\n", target=target), b"200", target
    if kind < 0.9:
        return get(target=target, identity=(b"x-api-key: {REVOKED}",)), b"401", None
    return get(target=rng.choice((b"/api/nowhere", b"/api/things/missing", b"/api/things/foreign"))), b"404", None


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(HEAD_END)
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head[9:12], await reader.readexactly(length)
