"""LISTEN/NOTIFY: a connection of its own that hears of changes the moment they are committed (PostgreSQL).

A wake-up and nothing more: what changed is read from the change feed, which goes on from its own number, so a notice that
is lost costs one interval of polling. Whether notices get through is tried and not believed: the listener sends one to
itself. That tells a dead connection, and a pooler in transaction mode, which takes LISTEN and then delivers nothing.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from typing import TYPE_CHECKING, Any

from asyncpg import InterfaceError, PostgresError  # type: ignore[import-untyped]
from sqlalchemy.exc import SQLAlchemyError

from keys.store.engine import CHANNEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    OnHearing = Callable[[Exception | None], None]
    """Told why notices do not get through, or None when they do: at the first attempt and whenever that changes."""

NOTIFY = "SELECT pg_notify($1, $2)"
ECHO_TIMEOUT_S = 2.0
CHECK_S = 15.0
FIRST_PAUSE_S = 0.25
LAST_PAUSE_S = 15.0

_FAULTS = (PostgresError, InterfaceError, SQLAlchemyError, OSError, TimeoutError)


class NoticesLost(OSError):  # noqa: N818 - what happened
    """The connection to the database ended, or notices do not come through it."""


class Listener:
    """Calls `on_notice` for every change that it hears of, and once whenever it can hear again. Run it as a task.

    Mutable state, touched on the event loop only: `_hears`, None until the first attempt.
    """

    def __init__(
        self, engine: AsyncEngine, on_notice: Callable[[], None], on_hearing: OnHearing, *, check_s: float = CHECK_S
    ) -> None:
        """`engine` must be one of its own: the connection is never given back while it lives."""
        self._engine = engine
        self._on_notice = on_notice
        self._on_hearing = on_hearing
        self._check_s = check_s
        self._hears: bool | None = None

    async def run(self) -> None:
        """Listens for ever; connects again after every loss, less and less often while that fails."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._listen()
            except _FAULTS as error:
                pause_s = FIRST_PAUSE_S if self._hears else min(pause_s * 2, LAST_PAUSE_S)
                self._turn(error)
            # Not all processes of a fleet at the same moment, when a database comes back.
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, hides nothing

    async def _listen(self) -> None:
        async with self._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            lost, echoed = asyncio.Event(), asyncio.Event()
            echo = f"keys_echo_{secrets.token_hex(8)}"
            driver.add_termination_listener(lambda *_: lost.set())
            try:
                await driver.add_listener(CHANNEL, lambda *_: self._on_notice())
                await driver.add_listener(echo, lambda *_: echoed.set())
                while not lost.is_set():
                    await self._check(driver, echo, echoed)
                    await _wait_at_most(lost, self._check_s)
            finally:
                # Never back to a pool: it listens.
                driver.terminate()
                await connection.invalidate()
            raise NoticesLost("the connection that listened has ended")

    async def _check(self, driver: Any, echo: str, echoed: asyncio.Event) -> None:
        """Raises NoticesLost, or what the driver says."""
        echoed.clear()
        await driver.execute(NOTIFY, echo, "")
        if not await _wait_at_most(echoed, ECHO_TIMEOUT_S):
            raise NoticesLost("a notice to itself did not come back (a pooler in transaction mode?)")
        if self._hears:
            return
        self._turn(None)
        self._on_notice()  # whatever happened while nobody listened

    def _turn(self, error: Exception | None) -> None:
        hears = error is None
        if hears is not self._hears:
            self._hears = hears
            self._on_hearing(error)


async def _wait_at_most(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
