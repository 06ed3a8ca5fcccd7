"""Which schema a database has, and making the newest one in an empty database at once, without loading Alembic.

A fresh database gets the tables as they are now and the mark that Alembic would leave; an old one is upgraded by
`keys db upgrade` (keys.store.migrate). A test compares the two ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, inspect, select

from keys.store.engine import write_options
from keys.store.tables import LEDGER_START, SCHEMA_VERSION, ledger, metadata

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# Alembic's own table, as Alembic makes it; in a metadata apart, since it is no part of the schema.
_alembic_version = Table(
    "alembic_version",
    MetaData(naming_convention={"pk": "%(table_name)s_pkc"}),
    Column("version_num", String(32), primary_key=True),
)


async def read_version(engine: AsyncEngine) -> str | None:
    """The revision of the schema, None for a database without one."""
    async with engine.connect() as connection:
        return await connection.run_sync(_version_of)


async def create_schema(engine: AsyncEngine) -> None:
    """Makes every table, unless another process was faster."""
    async with engine.connect() as connection:
        await connection.execution_options(**write_options(engine))
        async with connection.begin():
            await connection.run_sync(_create)


def _version_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_alembic_version.name):
        return None
    version: str | None = connection.execute(select(_alembic_version.c.version_num)).scalar()
    return version


def _create(connection: Connection) -> None:
    if _version_of(connection) is not None:
        return
    metadata.create_all(connection)
    _alembic_version.create(connection)
    connection.execute(insert(ledger).values(LEDGER_START))
    connection.execute(insert(_alembic_version).values(version_num=SCHEMA_VERSION))
