"""One changing transaction: every write names its audit event, so that none can be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, exists, func, insert, or_, select, true, update

from keys.audit import chain
from keys.model import ChangeSubject
from keys.store import rows, tables
from keys.store.bulk_rows import holders_of, imported_of
from keys.store.engine import CHANNEL

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import RowMapping, UpdateBase
    from sqlalchemy.ext.asyncio import AsyncConnection

    from keys.audit import AuditEvent
    from keys.model import Account, Key, Operator, Plan, Tenant
    from keys.repeatable import Repeatable


IDLE_TIMEOUT_MS = 10_000

_NOTIFY = select(func.pg_notify(CHANNEL, ""))
# A process that is cut off in the middle of a change would keep the ledger locked until the network gives it up; so
# PostgreSQL ends a change that stands still. In the same round trip as the lock.
_LOCK_LEDGER = {
    "sqlite": select(tables.ledger),
    "postgresql": select(
        tables.ledger, func.set_config("idle_in_transaction_session_timeout", str(IDLE_TIMEOUT_MS), true())
    ).with_for_update(of=tables.ledger),
}


class Made(NamedTuple):
    """What a repeatable request has made: the key, and the fingerprint of what was asked then."""

    fingerprint: str
    key_id: str


class Writing:
    """Reads and writes inside one transaction, made by `KeyStore.changing()` alone.

    Mutable state: where the ledger ends, and whether it moved. Its row in the database is locked for as long as this lives, so whatever is
    read here stays true until the commit, in every process.
    """

    def __init__(self, connection: AsyncConnection, ledger: RowMapping) -> None:
        self._connection = connection
        self._change_seq: int = ledger["change_seq"]
        self._audit_seq: int = ledger["audit_seq"]
        self._audit_hash: str = ledger["audit_hash"]
        self._has_written = False

    @classmethod
    async def begin(cls, connection: AsyncConnection) -> Writing:
        """Locks the ledger: one changing transaction at a time. Reading goes on meanwhile."""
        locked = await connection.execute(_LOCK_LEDGER[connection.dialect.name])
        return cls(connection, locked.mappings().one())

    async def end(self) -> None:
        """Writes down where the ledger ends now, if anything was written; the caller commits."""
        if not self._has_written:
            return
        ends = {"change_seq": self._change_seq, "audit_seq": self._audit_seq, "audit_hash": self._audit_hash}
        await self._connection.execute(update(tables.ledger).values(ends))
        if self._connection.dialect.name == "postgresql":
            # Sent with the commit and only then; whoever hears it reads the feed (keys.store.listen).
            await self._connection.execute(_NOTIFY)

    # --- what is there

    async def key(self, key_id: str) -> Key | None:
        row = await self._find(tables.keys, key_id)
        return None if row is None else rows.to_key(row)

    async def account(self, account_id: str) -> Account | None:
        row = await self._find(tables.accounts, account_id)
        return None if row is None else rows.to_account(row)

    async def tenant(self, tenant_id: str) -> Tenant | None:
        row = await self._find(tables.tenants, tenant_id)
        return None if row is None else rows.to_tenant(row)

    async def operator(self, operator_id: str) -> Operator | None:
        row = await self._find(tables.operators, operator_id)
        return None if row is None else rows.to_operator(row)

    async def made_by(self, request: Repeatable, since: float) -> Made | None:
        """What this very request, or another under its token, has made since then."""
        table = tables.repeatable_requests
        statement = select(table.c.fingerprint, table.c.key_id).where(
            table.c.operator == request.operator, table.c.token_hash == request.token_hash, table.c.at >= since
        )
        row = (await self._connection.execute(statement)).mappings().one_or_none()
        return None if row is None else Made(**row)

    async def plans(self) -> list[Plan]:
        """Every plan of the store."""
        found = await self._connection.execute(select(tables.plans))
        return [rows.to_plan(row) for row in found.mappings()]

    async def is_plan_used(self, name: str) -> bool:
        """Is an account or a key that is not revoked on this plan?"""
        used = or_(
            exists().where(tables.accounts.c.plan == name),
            exists().where(tables.keys.c.plan == name, tables.keys.c.revoked_at.is_(None)),
        )
        return bool((await self._connection.execute(select(used))).scalar_one())

    async def tenant_holders(self, tenants: Collection[str]) -> dict[str, str]:
        """The account that holds each of these tenants that is registered."""
        found = await self._connection.execute(holders_of(tenants))
        return {row["id"]: row["account"] for row in found.mappings()}

    async def imported(self, digests: Collection[str]) -> set[str]:
        """Those of these SHA-256 (hex) that keys were imported by."""
        return {row["imported_sha256"] for row in (await self._connection.execute(imported_of(digests))).mappings()}

    async def _find(self, table: Any, value: str) -> RowMapping | None:
        found = await self._connection.execute(select(table).where(table.c.id == value))
        return found.mappings().one_or_none()

    # --- what changes

    async def add_tenant(self, tenant: Tenant) -> None:
        """Part of minting the tenant's first key, whose event tells of it."""
        values = {"id": tenant.id, "account": tenant.account, "created_at": tenant.created_at}
        await self._connection.execute(insert(tables.tenants).values(values))

    async def add_key(self, key: Key, event: AuditEvent) -> None:
        await self._write(insert(tables.keys).values(rows.key_values(key)), event, ChangeSubject.KEY)

    async def change_key(self, key: Key, event: AuditEvent) -> None:
        """Replaces the key's row, but for what is written beside transactions: its digest and its last use."""
        values = rows.key_values(key)
        for name in ("id", "digest", "last_used_at"):
            del values[name]
        await self._write(
            update(tables.keys).where(tables.keys.c.id == key.id).values(values), event, ChangeSubject.KEY
        )

    async def add_imported(self, keys: Sequence[Key], tenants: Sequence[Tenant], event: AuditEvent) -> None:
        """Adds keys that are known by the SHA-256 of their texts, and the new tenants among theirs: one event for all."""
        for tenant in tenants:
            await self.add_tenant(tenant)
        await self._connection.execute(insert(tables.keys), [rows.imported_values(key) for key in keys])
        await self.record(event)
        await self._announce(event, ChangeSubject.IMPORT)

    async def add_account(self, account: Account, event: AuditEvent) -> None:
        await self._write(insert(tables.accounts).values(rows.account_values(account)), event, ChangeSubject.ACCOUNT)

    async def change_account(self, account: Account, event: AuditEvent) -> None:
        table = tables.accounts
        statement = update(table).where(table.c.id == account.id).values(rows.account_values(account))
        await self._write(statement, event, ChangeSubject.ACCOUNT)

    async def add_plan(self, plan: Plan, event: AuditEvent) -> None:
        values = rows.plan_values(plan) | {"created_at": event.at}
        await self._write(insert(tables.plans).values(values), event, ChangeSubject.PLAN)

    async def change_plan(self, plan: Plan, event: AuditEvent) -> None:
        statement = update(tables.plans).where(tables.plans.c.name == plan.name).values(rows.plan_values(plan))
        await self._write(statement, event, ChangeSubject.PLAN)

    async def remove_plan(self, name: str, event: AuditEvent) -> None:
        await self._write(delete(tables.plans).where(tables.plans.c.name == name), event, ChangeSubject.PLAN)

    async def add_operator(self, operator: Operator, event: AuditEvent) -> None:
        await self._connection.execute(insert(tables.operators).values(rows.operator_values(operator)))
        await self.record(event)

    async def change_operator(self, operator: Operator, event: AuditEvent) -> None:
        table = tables.operators
        await self._connection.execute(
            update(table).where(table.c.id == operator.id).values(rows.operator_values(operator))
        )
        await self.record(event)

    async def remember(self, request: Repeatable, key_id: str, at: float, *, since: float) -> None:
        """Part of minting: that this request made this key. What was made before `since` is forgotten."""
        table = tables.repeatable_requests
        await self._connection.execute(delete(table).where(table.c.at < since))
        await self._connection.execute(insert(table).values(**request.row(), key_id=key_id, at=at))

    async def _write(self, statement: UpdateBase, event: AuditEvent, subject: ChangeSubject) -> None:
        await self._connection.execute(statement)
        await self.record(event)
        await self._announce(event, subject)

    async def _announce(self, event: AuditEvent, subject: ChangeSubject) -> None:
        self._change_seq += 1
        change = {"seq": self._change_seq, "subject": subject.value, "subject_id": event.subject_id, "at": event.at}
        await self._connection.execute(insert(tables.changes).values(change))

    async def record(self, event: AuditEvent) -> None:
        """Adds to the audit log what changes no key, account or plan: nobody needs to drop anything."""
        self._has_written = True
        self._audit_seq += 1
        chained = chain(event, self._audit_seq, self._audit_hash)
        self._audit_hash = chained.hash
        await self._connection.execute(insert(tables.audit_events).values(rows.event_values(chained)))
