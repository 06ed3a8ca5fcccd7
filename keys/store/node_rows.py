"""The rows of the processes that serve keys. Nobody's rights change with them: no change, no audit event.

Times are the database's own, so that the clocks of the hosts need not agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Double, cast, delete, func, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite

from keys.nodes import CLOCK_MARGIN_S, Node
from keys.store.faults import translating_faults
from keys.store.statements import Statements
from keys.store.tables import nodes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from keys.nodes import NodeIdentity

_NOW = {
    # The clock and not now(), which is the time at which the transaction began.
    "postgresql": cast(func.extract("epoch", func.clock_timestamp()), Double),
    "sqlite": literal_column("(julianday('now') - 2440587.5) * 86400.0", Double),
}
_INSERT: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


class Roll(NamedTuple):
    """Every node there is, and the time of the database at which that was read."""

    now: float
    nodes: tuple[Node, ...]


class NodeRows(Statements):
    """Every method raises StoreUnavailable when the database does not answer."""

    async def renew(self, identity: NodeIdentity, applied: int) -> None:
        """Writes that the process lives and has applied every change up to `applied`. Adds its row if it has none."""
        dialect = self._engine.dialect.name
        now = _NOW[dialect]
        times = {"started_at": now, "renewed_at": now}
        statement = _INSERT[dialect](nodes).values(**identity._asdict(), applied=applied, **times)
        renewed = {"applied": statement.excluded.applied, "renewed_at": statement.excluded.renewed_at}
        await self._update(statement.on_conflict_do_update(index_elements=[nodes.c.id], set_=renewed))

    async def roll(self) -> Roll:
        """Every node, by host and pid."""
        now = _NOW[self._engine.dialect.name]
        with translating_faults():
            async with self._engine.connect() as connection:
                found = await connection.execute(select(nodes).order_by(nodes.c.host, nodes.c.pid))
                rows = found.mappings().all()
                # Read after them: no node seems to have renewed in the future.
                return Roll((await connection.execute(select(now))).scalar_one(), tuple(Node(**row) for row in rows))

    async def remove(self, ids: Collection[str]) -> None:
        """Ends the rows of these nodes."""
        await self._update(delete(nodes).where(nodes.c.id.in_(ids)))

    async def remove_distrusted(self) -> None:
        """Ends the rows of nodes that have stopped trusting what they know; one that lives comes back by renewing."""
        ended = nodes.c.renewed_at + nodes.c.trust_s + CLOCK_MARGIN_S < _NOW[self._engine.dialect.name]
        await self._update(delete(nodes).where(ended))
