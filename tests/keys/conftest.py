"""A store on a fresh SQLite file, and the use cases on it under a clock that the test sets."""

from __future__ import annotations

import pytest

from keys.accounts import Accounts, Plans
from keys.lifecycle import Lifecycle
from keys.store import open_store
from keys.verify import Hasher
from tests.keys.builders import CHEAP, Clock, rules


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path}/keys.db"


@pytest.fixture
async def store(sqlite_url):
    store = await open_store(sqlite_url, create=True)
    yield store
    await store.close()


@pytest.fixture
def lifecycle(store, clock):
    return Lifecycle(store, rules(), Hasher(CHEAP), clock=clock)


@pytest.fixture
def accounts(store, clock):
    return Accounts(store, rules().declared_plans, clock=clock)


@pytest.fixture
def plans(store, clock):
    return Plans(store, rules().declared_plans, clock=clock)


@pytest.fixture
async def acme(accounts):
    return await accounts.add("acme", "Acme", "small", None, "test")
