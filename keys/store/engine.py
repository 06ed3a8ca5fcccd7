"""From a URL to an engine. The only place that knows the drivers, their options and what SQLite needs to be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import create_async_engine

from keys.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_TIMEOUT_MS = 5000

CHANNEL = "keys_changes"
"""Where PostgreSQL's NOTIFY tells of changes."""

WRITES = "keys_writes"
"""The execution option of a connection that is about to change something."""


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """What one process may take of a database, and how long it waits for it. `statement_timeout_s` None: for ever,
    as a migration must. `listen`: whether a connection of its own waits for NOTIFY (PostgreSQL).
    """

    connections: int = 5
    connection_wait_s: float = 2.0
    connect_timeout_s: float = 3.0
    statement_timeout_s: float | None = 5.0
    listen: bool = True


_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}

# WAL: readers and the writer do not wait for each other. FULL: a commit that was acknowledged survives a power cut.
_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


def parse_url(url: str | URL) -> URL:
    """The URL with the driver that this package uses. Raises StoreError for a URL of anything else."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("the store is not a URL; allowed: sqlite:///FILE, postgresql://USER@HOST/NAME") from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        allowed = "sqlite:///FILE, postgresql://USER@HOST/NAME"
        raise StoreError(f"the store cannot be a {parsed.drivername!r} database; allowed: {allowed}")
    parsed = parsed.set(drivername=driver)
    if driver.startswith("sqlite") and parsed.database in {None, "", ":memory:"}:
        raise StoreError("the store needs a file (sqlite:///FILE): a database in memory is seen by nobody else")
    return parsed


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite database; None for PostgreSQL."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def shown_url(url: str) -> str:
    """The URL for people: the password hidden, the driver left out."""
    parsed = parse_url(url)
    return parsed.set(drivername=parsed.get_backend_name()).render_as_string(hide_password=True)


def make_engine(url: str | URL, limits: StoreLimits) -> AsyncEngine:
    """An engine with a bounded pool. It connects on first use."""
    parsed = parse_url(url)
    # LIFO: what is idle stays idle, so that a quiet process holds few connections that work.
    pool = {"pool_size": limits.connections, "max_overflow": 0, "pool_timeout": limits.connection_wait_s}
    if sqlite_file(parsed) is None:
        # Statements of one row need no transaction of their own: AUTOCOMMIT saves two round trips on each.
        timeouts = {"timeout": limits.connect_timeout_s, "command_timeout": limits.statement_timeout_s}
        return create_async_engine(
            parsed, isolation_level="AUTOCOMMIT", connect_args=timeouts, pool_use_lifo=True, **pool
        )
    engine = create_async_engine(parsed, pool_use_lifo=True, **pool)
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def write_options(engine: AsyncEngine) -> dict[str, Any]:
    """The execution options of a connection for a changing transaction."""
    if engine.dialect.name == "sqlite":
        return {WRITES: True}
    return {"isolation_level": "READ COMMITTED"}


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's habit of opening transactions behind our back is switched off: _begin_sqlite says when.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once. One that read first and then wrote could not wait for another writer to finish:
    # SQLite would refuse it (SQLITE_BUSY_SNAPSHOT). A reader's single statement needs no transaction.
    if connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
