"""The databases that every key store must behave alike on: SQLite, and a real PostgreSQL started here."""

from __future__ import annotations

import pytest

from keys.store import open_store
from tests.contract.postgres import PostgresServer


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL of our own, in a temporary folder, on a free port; stopped by its process id."""
    with PostgresServer.started() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/keys.db"
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
async def store(store_url):
    store = await open_store(store_url, create=True)
    yield store
    await store.close()
