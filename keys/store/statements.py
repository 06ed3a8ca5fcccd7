"""How statements are run: on a connection of the pool, with every fault of a driver translated."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from keys.store.engine import write_options
from keys.store.faults import translating_faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from sqlalchemy import Executable, RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class Statements:
    """Runs single statements and opens changing transactions. There is no state but the connection pool."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def _rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[RowMapping]:
        with translating_faults():
            try:
                return await self._read(statement, parameters)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            # A connection had died unseen in the pool, and all of them are dropped now. Reading twice harms nobody.
            return await self._read(statement, parameters)

    async def _read(self, statement: Executable, parameters: Mapping[str, Any] | None) -> Sequence[RowMapping]:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, parameters)).mappings().all()

    async def _row(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> RowMapping | None:
        found = await self._rows(statement, parameters)
        return found[0] if found else None

    async def _update(self, statement: Executable, parameters: Any = None) -> int:
        with translating_faults():
            async with self._writing() as connection:
                changed: int = (await connection.execute(statement, parameters)).rowcount
                return changed

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            await connection.execution_options(**write_options(self._engine))
            async with connection.begin():
                yield connection
