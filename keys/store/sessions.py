"""The rows of signed-in browsers. They come and go with nobody's rights, so they are no change and no audit event here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, select, update

from keys.store.faults import translating_faults
from keys.store.statements import Statements
from keys.store.tables import sessions

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class SessionRow(NamedTuple):
    """A session as stored: by the hash of its id."""

    id_hash: str
    operator: str
    created_at: float
    seen_at: float


class SessionRows(Statements):
    """Every method raises StoreUnavailable when the database does not answer."""

    async def add(self, row: SessionRow, *, seen_before: float) -> None:
        """Adds a session, and removes those that nobody has used since `seen_before`."""
        with translating_faults():
            async with self._writing() as connection:
                await connection.execute(delete(sessions).where(sessions.c.seen_at < seen_before))
                await connection.execute(insert(sessions).values(row._asdict()))

    async def find(self, id_hash: str) -> SessionRow | None:
        row = await self._row(select(sessions).where(sessions.c.id_hash == id_hash))
        return None if row is None else SessionRow(**row)

    async def touch(self, id_hash: str, seen_at: float) -> None:
        """Remembers that the session was used; one that has ended meanwhile does not come back."""
        await self._update(update(sessions).where(sessions.c.id_hash == id_hash).values(seen_at=seen_at))

    async def remove(self, id_hash: str) -> bool:
        """Ends one session; False if there was none."""
        return await self._remove(sessions.c.id_hash == id_hash) > 0

    async def remove_of(self, operator: str) -> int:
        """Ends every session of an operator; gives how many there were."""
        return await self._remove(sessions.c.operator == operator)

    async def _remove(self, which: ColumnElement[bool]) -> int:
        return await self._update(delete(sessions).where(which))
