"""Opens a store, or says what is wrong with it: missing, outdated, out of reach. Knows nothing of Alembic: see schema."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from keys.errors import SchemaOutdated, StoreMissing, StoreUnavailable
from keys.store.engine import StoreLimits, make_engine, parse_url, shown_url, sqlite_file
from keys.store.faults import translating_faults
from keys.store.schema import create_schema, read_version
from keys.store.store import KeyStore
from keys.store.tables import SCHEMA_VERSION

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

PRIVATE = 0o600
DEFAULT_LIMITS = StoreLimits()


async def open_store(url: str, *, create: bool = False, limits: StoreLimits = DEFAULT_LIMITS) -> KeyStore:
    """The store at `url` (sqlite:///FILE or postgresql://...), its schema checked. `limits`: of its connections.

    With `create`, what does not exist yet is made. Raises StoreMissing, SchemaOutdated, StoreUnavailable, or their
    base StoreError for a URL that is none of ours.
    """
    await asyncio.to_thread(require_file, url, create=create)
    engine = make_engine(url, limits)
    try:
        await _require_schema(engine, url, create=create)
    except BaseException:
        await engine.dispose()
        raise
    return KeyStore(engine, limits)


def require_file(url: str, *, create: bool) -> None:
    """Refuses a missing SQLite file (the driver would silently make it), or makes it: for this user's eyes only."""
    path = sqlite_file(parse_url(url))
    if path is None or path.exists():
        return
    if not create:
        raise StoreMissing(f"there is no key database at {shown_url(url)}")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE))
    except OSError as error:
        raise StoreUnavailable(f"the key database {path} cannot be created: {error.strerror}") from error


async def _require_schema(engine: AsyncEngine, url: str, *, create: bool) -> None:
    with translating_faults():
        version = await read_version(engine)
        if version is None and create:
            await create_schema(engine)
            version = SCHEMA_VERSION
    if version is None:
        raise StoreMissing(f"the database {shown_url(url)} holds no keys yet")
    if version != SCHEMA_VERSION:
        words = f"the schema of {shown_url(url)} is at {version}, this version needs {SCHEMA_VERSION}"
        raise SchemaOutdated(words)
