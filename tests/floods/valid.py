"""Valid traffic, at a steady rate, that measures what it gets while others attack."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from statistics import quantiles

CONNECTIONS = 4


@dataclass
class Quality:
    """What valid clients saw."""

    times_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def p50_s(self) -> float:
        return quantiles(self.times_s, n=2)[0]

    @property
    def p99_s(self) -> float:
        return quantiles(self.times_s, n=100)[98]


async def measure(port: int, request: bytes, *, rate: int, lasting_s: float) -> Quality:
    """Ask at `rate` for so long, however late the answers come: a slow answer does not slow the asking (of its own connection
    alone). Times run from when a request was due.
    """
    quality = Quality()
    each = rate / CONNECTIONS
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_ask(port, request, each, int(each * lasting_s), quality))
    return quality


async def _ask(port: int, request: bytes, rate: float, count: int, quality: Quality) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    due = time.monotonic()
    for _ in range(count):
        due += 1 / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            quality.wrong.append(head[:12].decode())
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        quality.times_s.append(time.monotonic() - due)
    writer.close()
