"""Attackers, each a coroutine that goes on until it is cancelled, and counts what became of its attempts."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from keys import mint_text
from tests.hostile.keyring import with_another_secret

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Awaitable, Callable

    Attack = Callable[["Target", Counter[str]], Awaitable[None]]

HEAD = b"GET /api/ping HTTP/1.1\r\nHost: api.test\r\nx-pixel-id: pixel-a\r\nx-api-key: %b\r\n\r\n"
JUNK = 20


class Target:
    """Where to attack, and with how much: `rate` attempts a second, `connections` at once."""

    def __init__(self, port: int, key: str, *, rate: int, connections: int) -> None:
        self.port = port
        self.key = key
        self.rate = rate
        self.connections = connections

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)


async def junk_keys(target: Target, seen: Counter[str]) -> None:
    """Well-formed keys that nobody has."""
    await _guess(target, seen, lambda: mint_text("acme").text)


async def wrong_secrets(target: Target, seen: Counter[str]) -> None:
    """The id of a living key, another secret each time."""
    await _guess(target, seen, lambda: with_another_secret(target.key))


async def malformed_keys(target: Target, seen: Counter[str]) -> None:
    """No keys at all, which cost a look and no more."""
    await _guess(target, seen, lambda: f"acme_{random.randbytes(20).hex()}")


async def _guess(target: Target, seen: Counter[str], key: Callable[[], str]) -> None:
    """At the target's rate, over kept connections. Answers are read as they come."""
    async with asyncio.TaskGroup() as group:
        for _ in range(JUNK):
            group.create_task(_guess_at(target, seen, key, target.rate / JUNK))


async def _guess_at(target: Target, seen: Counter[str], key: Callable[[], str], rate: float) -> None:
    reader, writer = await target.open()
    due = time.monotonic()
    try:
        while True:
            due = max(due + 1 / rate, time.monotonic() - 1)
            await asyncio.sleep(due - time.monotonic())
            writer.write(HEAD % key().encode())
            head = await reader.readuntil(b"\r\n\r\n")
            seen[head[9:12].decode()] += 1
            length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
            await reader.readexactly(int(length))
    finally:
        writer.close()


async def slow_heads(target: Target, seen: Counter[str]) -> None:
    """Slowloris: a head that comes byte by byte and never ends."""
    await _hold(target, seen, begun=b"GET /api/ping HTTP/1.1\r\nHost: a\r\n", drip=b"A: b\r\n")


async def slow_bodies(target: Target, seen: Counter[str]) -> None:
    """A body that comes a byte a second."""
    head = HEAD.replace(b"GET /api/ping", b"POST /api/small").replace(b"\r\n\r\n", b"\r\nContent-Length: 900\r\n\r\n")
    await _hold(target, seen, begun=head % target.key.encode(), drip=b"x")


async def idle_connections(target: Target, seen: Counter[str]) -> None:
    """Connections on which nothing is ever sent."""
    await _hold(target, seen, begun=b"", drip=b"")


async def _hold(target: Target, seen: Counter[str], *, begun: bytes, drip: bytes) -> None:
    """Keep `connections` open; each that is cut is opened again."""
    async with asyncio.TaskGroup() as group:
        for _ in range(target.connections):
            group.create_task(_hold_one(target, seen, begun, drip))


async def _hold_one(target: Target, seen: Counter[str], begun: bytes, drip: bytes) -> None:
    while True:
        reader, writer = await target.open()
        opened = time.monotonic()
        try:
            writer.write(begun)
            with suppress(ConnectionError):
                await _drip_until_cut(reader, writer, drip)
        finally:
            writer.close()
        lasted_s = round(time.monotonic() - opened)
        seen[f"cut after {lasted_s} s"] += 1


async def _drip_until_cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, drip: bytes) -> None:
    while True:
        try:
            async with asyncio.timeout(1):
                if not await reader.read(65536):
                    return
        except TimeoutError:
            writer.write(drip)


async def header_bombs(target: Target, seen: Counter[str]) -> None:
    """A megabyte of header on each connection, as fast as it is taken."""
    bomb = b"GET /api/ping HTTP/1.1\r\nHost: a\r\n" + b"A: " + b"b" * 1_000_000
    async with asyncio.TaskGroup() as group:
        for _ in range(JUNK):
            group.create_task(_bomb(target, seen, bomb))


async def _bomb(target: Target, seen: Counter[str], bomb: bytes) -> None:
    while True:
        reader, writer = await target.open()
        try:
            writer.write(bomb)
            with suppress(ConnectionError):
                seen[(await reader.read(65536))[9:12].decode() or "cut"] += 1
        finally:
            writer.transport.abort()
        await asyncio.sleep(JUNK / target.rate)


ATTACKS: dict[str, Attack] = {
    attack.__name__.replace("_", " "): attack
    for attack in (junk_keys, wrong_secrets, malformed_keys, slow_heads, slow_bodies, idle_connections, header_bombs)
}
