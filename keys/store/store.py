"""The key store: what is read, and how a change is begun. SQL stands here and in the modules beside, nowhere else."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select, text, update

from keys.store import rows, tables
from keys.store.bulk_rows import BulkRows
from keys.store.engine import make_engine
from keys.store.faults import translating_faults
from keys.store.filters import KeyFilter, page_of_keys
from keys.store.node_rows import NodeRows
from keys.store.sessions import SessionRows
from keys.store.statements import Statements
from keys.store.writing import Writing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

    from keys.audit import ChainedEvent
    from keys.model import Account, Change, Key, KeyRecord, Operator, Plan, Tenant
    from keys.store.engine import StoreLimits
    from keys.store.filters import KeyCursor
    from keys.store.listen import OnHearing

PAGE = 100
EVERY_KEY = KeyFilter()


def _ignore(*_about: object) -> None:
    """Nobody asked to be told."""


_FIND_KEY = (
    select(tables.keys, *rows.ACCOUNT_COLUMNS)
    .join(tables.accounts, tables.accounts.c.id == tables.keys.c.account)
    .where(tables.keys.c.id == bindparam("id"))
)
_FIND_IMPORTED = (
    select(tables.keys, *rows.ACCOUNT_COLUMNS)
    .join(tables.accounts, tables.accounts.c.id == tables.keys.c.account)
    .where(tables.keys.c.imported_sha256 == bindparam("sha256"))
)
_FIND_ACCOUNT = select(tables.accounts).where(tables.accounts.c.id == bindparam("id"))
_FIND_OPERATOR = select(tables.operators).where(tables.operators.c.id == bindparam("id"))
_AUDIT_END = select(tables.ledger.c.audit_seq, tables.ledger.c.audit_hash)
_LATEST_CHANGE = select(tables.ledger.c.change_seq)
_CHANGES_SINCE = (
    select(tables.changes)
    .where(tables.changes.c.seq > bindparam("since"))
    .order_by(tables.changes.c.seq)
    .limit(bindparam("count"))
)
_REHASH = (
    update(tables.keys)
    .where(tables.keys.c.id == bindparam("key_id"), tables.keys.c.digest == bindparam("old"))
    .values(digest=bindparam("new"))
)
_RECORD_USE = (
    update(tables.keys)
    .where(tables.keys.c.id == bindparam("key_id"))
    .where(or_(tables.keys.c.last_used_at.is_(None), tables.keys.c.last_used_at < bindparam("at")))
    .values(last_used_at=bindparam("at"))
)


class KeyStore(Statements):
    """Keys, accounts, tenants, plans, operators, the change feed and the audit log, in SQLite or PostgreSQL.

    Made by `open_store`. Every method raises StoreUnavailable when the database does not answer.
    """

    def __init__(self, engine: AsyncEngine, limits: StoreLimits) -> None:
        super().__init__(engine)
        self._limits = limits

    def __repr__(self) -> str:
        return f"KeyStore({self._engine.dialect.name})"

    # --- reading

    async def find_key(self, key_id: str) -> KeyRecord | None:
        """The key with its account, by one statement on the primary keys."""
        row = await self._row(_FIND_KEY, {"id": key_id})
        return None if row is None else rows.to_key_record(row)

    async def find_imported(self, sha256_hex: str) -> KeyRecord | None:
        """The key that was imported by this SHA-256 of its text, with its account."""
        row = await self._row(_FIND_IMPORTED, {"sha256": sha256_hex})
        return None if row is None else rows.to_key_record(row)

    async def list_keys(
        self,
        wanted: KeyFilter = EVERY_KEY,
        after: KeyCursor | None = None,
        limit: int = PAGE,
        now: float | None = None,
    ) -> list[Key]:
        """A page of keys, newest first. For the next one give `KeyCursor.after(page[-1])`; a short page is the last."""
        statement = page_of_keys(wanted, after, limit, time.time() if now is None else now)
        return [rows.to_key(row) for row in await self._rows(statement)]

    async def find_account(self, account_id: str) -> Account | None:
        row = await self._row(_FIND_ACCOUNT, {"id": account_id})
        return None if row is None else rows.to_account(row)

    async def list_accounts(self, after: str = "", limit: int = PAGE) -> list[Account]:
        """A page of accounts by id, those behind `after`."""
        table = tables.accounts
        statement = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
        return [rows.to_account(row) for row in await self._rows(statement)]

    async def list_tenants(self, account_id: str, after: str = "", limit: int = PAGE) -> list[Tenant]:
        """A page of the account's tenants by id, those behind `after`."""
        table = tables.tenants
        statement = select(table).where(table.c.account == account_id, table.c.id > after)
        return [rows.to_tenant(row) for row in await self._rows(statement.order_by(table.c.id).limit(limit))]

    async def has_tenant(self, account_id: str, tenant_id: str) -> bool:
        """Is this a tenant of this account?"""
        table = tables.tenants
        statement = select(table.c.id).where(table.c.account == account_id, table.c.id == tenant_id)
        return await self._row(statement) is not None

    async def list_plans(self) -> list[Plan]:
        """Every plan of the store; those of the settings are not in it (see PlanBook)."""
        return [rows.to_plan(row) for row in await self._rows(select(tables.plans).order_by(tables.plans.c.name))]

    async def list_audit_events(
        self, after: int = 0, limit: int = PAGE, *, subject_id: str | None = None
    ) -> list[ChainedEvent]:
        """A page of the audit log, the events behind number `after`; of one record only, if `subject_id` says which."""
        table = tables.audit_events
        statement = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
        if subject_id is not None:
            statement = statement.where(table.c.subject_id == subject_id)
        return [rows.to_chained_event(row) for row in await self._rows(statement)]

    async def audit_end(self) -> tuple[int, str]:
        """The number and the hash of the last event, as the ledger has them."""
        row = (await self._rows(_AUDIT_END))[0]
        return row["audit_seq"], row["audit_hash"]

    async def find_operator(self, operator_id: str) -> Operator | None:
        row = await self._row(_FIND_OPERATOR, {"id": operator_id})
        return None if row is None else rows.to_operator(row)

    async def list_operators(self, after: str = "", limit: int = PAGE) -> list[Operator]:
        """A page of operators by id, those behind `after`, the revoked ones too."""
        table = tables.operators
        statement = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
        return [rows.to_operator(row) for row in await self._rows(statement)]

    async def has_operators(self) -> bool:
        """Is there anybody who could sign in?"""
        table = tables.operators
        return await self._row(select(table.c.id).where(table.c.revoked_at.is_(None)).limit(1)) is not None

    @property
    def bulk(self) -> BulkRows:
        """Questions about many at once."""
        return BulkRows(self._engine)

    @property
    def nodes(self) -> NodeRows:
        """The processes that serve keys."""
        return NodeRows(self._engine)

    @property
    def sessions(self) -> SessionRows:
        """The signed-in browsers."""
        return SessionRows(self._engine)

    async def ping(self) -> None:
        """Returns if the database answers."""
        await self._rows(text("SELECT 1"))

    # --- the change feed

    async def latest_change(self) -> int:
        """The number of the last change that was committed; 0 before the first."""
        return int((await self._rows(_LATEST_CHANGE))[0]["change_seq"])

    async def changes_since(self, seq: int, limit: int = 1000) -> Sequence[Change]:
        """The changes behind number `seq`, in order, at most `limit` of them."""
        return [rows.to_change(row) for row in await self._rows(_CHANGES_SINCE, {"since": seq, "count": limit})]

    async def listen(self, on_notice: Callable[[], None], on_hearing: OnHearing = _ignore) -> None:
        """Calls `on_notice` when something changed, until it is cancelled; returns at once where nothing can be heard:
        SQLite, or the settings say no. `on_hearing` is told whether notices get through, and whenever that changes.
        """
        if self._engine.dialect.name != "postgresql" or not self._limits.listen:
            return
        from keys.store.listen import Listener  # noqa: PLC0415 - SQLite needs no driver of PostgreSQL

        engine = make_engine(self._engine.url, replace(self._limits, connections=1))
        try:
            await Listener(engine, on_notice, on_hearing).run()
        finally:
            await engine.dispose()

    # --- changing

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Writing]:
        """One transaction: committed, with its changes and audit events, if the block ends well; else as if never begun."""
        with translating_faults():
            async with self._writing() as connection:
                writing = await Writing.begin(connection)
                yield writing
                await writing.end()

    async def rehash(self, key_id: str, old: str, new: str) -> bool:
        """Replaces a digest by another of the same text, if it still is `old`. Rights do not change: no event."""
        return await self._update(_REHASH, {"key_id": key_id, "old": old, "new": new}) == 1

    async def record_uses(self, uses: Mapping[str, float]) -> None:
        """Sets when keys were last used (Unix seconds), in one transaction; an earlier time than the known is ignored."""
        if uses:
            await self._update(_RECORD_USE, [{"key_id": key_id, "at": at} for key_id, at in sorted(uses.items())])

    async def close(self) -> None:
        """Closes every connection."""
        await self._engine.dispose()
