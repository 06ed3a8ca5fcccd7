"""A pool in front of a raw backend, and what its tests say about requests."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import uvloop

from gateway.upstream import Origin, UpstreamLimits, UpstreamPool, UpstreamRequest
from tests.fakes.raw_backend import RawBackend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.upstream import UpstreamResponse
    from tests.fakes.raw_backend import Behaviour

PATIENT = UpstreamLimits(first_byte_timeout_s=60, idle_timeout_s=60, queue_timeout_s=60, keep_idle_s=60)
HOST = (b"host", b"backend")


def pytest_asyncio_loop_factories(config, item):
    """Every test of a socket runs on both loops: they order callbacks differently."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@asynccontextmanager
async def pool_before(
    behave: Behaviour | None = None, **limits: float
) -> AsyncIterator[tuple[UpstreamPool, RawBackend]]:
    """A pool and its backend. In the end nothing of the pool may be left."""
    async with RawBackend(behave) as backend:
        pool = UpstreamPool(Origin("http", "127.0.0.1", backend.port), replace(PATIENT, **limits))
        yield pool, backend
        await pool.close(0)
        assert repr(pool) == "0 active, 0 idle, 0 waiting"


def get(target: bytes = b"/", method: str = "GET") -> UpstreamRequest:
    return UpstreamRequest(method, target, (HOST,))


def post(target: bytes = b"/", *, length: int | None = None, method: str = "POST") -> UpstreamRequest:
    """`length` None: chunked."""
    framing = (b"transfer-encoding", b"chunked") if length is None else (b"content-length", b"%d" % length)
    return UpstreamRequest(method, target, (HOST, framing))


async def answer_to(pool: UpstreamPool, request: UpstreamRequest, body: bytes | AsyncIterator[bytes] | None = None) -> tuple[int, bytes]:  # fmt: skip
    """Status and whole body."""
    async with await pool.send(request, body) as response:
        return response.status, await response.read(1 << 30)


async def pieces(*texts: bytes) -> AsyncIterator[bytes]:
    for text in texts:
        await asyncio.sleep(0)
        yield text


async def until(condition: Callable[[], bool]) -> None:
    """Turns the loop until something holds; the test's own time limit ends what never comes."""
    while not condition():
        await asyncio.sleep(0.001)


async def rest_of(response: UpstreamResponse) -> bytes:
    return b"".join([piece async for piece in response.body()])
