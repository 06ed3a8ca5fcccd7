"""A PostgreSQL that the tests of this folder may break, and a backend that answers everything."""

from __future__ import annotations

import pytest

from tests.contract.postgres import PostgresServer
from tests.fakes.raw_backend import RawBackend


@pytest.fixture(scope="session")
def breakable():
    """A PostgreSQL; whoever stops it starts it again."""
    with PostgresServer.started() as server:
        yield server


@pytest.fixture
def store_url(breakable):
    return breakable.new_database()


@pytest.fixture
async def backend():
    async with RawBackend() as backend:
        yield backend
