"""Questions about many keys or tenants at once, for imports; and the key that an imported text belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select

from keys.store import tables
from keys.store.statements import Statements

if TYPE_CHECKING:
    from collections.abc import Collection


def holders_of(tenants: Collection[Any]) -> Select[tuple[str, str]]:
    """Each tenant of these that is registered, with the account that holds it."""
    return select(tables.tenants.c.id, tables.tenants.c.account).where(tables.tenants.c.id.in_(tenants))


def imported_of(digests: Collection[str]) -> Select[tuple[str | None]]:
    """Those of these SHA-256 that keys were imported by."""
    return select(tables.keys.c.imported_sha256).where(tables.keys.c.imported_sha256.in_(digests))


class BulkRows(Statements):
    """Every method raises StoreUnavailable when the database does not answer."""

    async def tenant_holders(self, tenants: Collection[Any]) -> dict[str, str]:
        """The account that holds each of these tenants that is registered."""
        return {row["id"]: row["account"] for row in await self._rows(holders_of(tenants))} if tenants else {}
