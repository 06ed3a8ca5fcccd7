"""The admin API on a fresh SQLite file, under a clock that the test sets, with an operator of every role."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest

from keys.accounts import Accounts
from keys.admin import Desk, admin_app
from keys.model import Role
from keys.operators import Issued, Operators
from keys.store import open_store
from keys.verify import Hasher
from tests.keys.builders import CHEAP, Clock, an_order, settings

if TYPE_CHECKING:
    from pathlib import Path

BASE = "http://127.0.0.1:8081"
OWNED, FOREIGN = "acme", "other"


class Api:
    """The API as one operator meets it."""

    def __init__(self, app, token=None, *, address="127.0.0.1", **headers):
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app=app, client=(address, 40000))
        self.token = token
        self.client = httpx.AsyncClient(transport=transport, base_url=BASE, headers=bearer | headers)

    async def __call__(self, method, path, json=None, *, expect=None, **headers):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        body = {} if json is None else {"json": json}
        answer = await self.client.request(method, path, headers=given, **body)
        if expect is not None:
            assert answer.status_code == expect, answer.text
        return answer


class Prepared(NamedTuple):
    """A database with two accounts and an operator of each role, to be copied for each test."""

    file: Path
    operators: dict[Role, Issued]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    file = tmp_path_factory.mktemp("prepared") / "keys.db"
    return Prepared(file, asyncio.run(_prepare(f"sqlite:///{file}")))


async def _prepare(url):
    store, clock = await open_store(url, create=True), Clock()
    accounts = Accounts(store, settings().declared_plans(), clock=clock)
    operators = Operators(store, Hasher(CHEAP), clock=clock)
    for account, name in ((OWNED, "Acme"), (FOREIGN, "Other")):
        await accounts.add(account, name, "small", None, "test")
    issued = {
        role: await operators.add(role.value, role, OWNED if role is Role.OWNER else None, "test") for role in Role
    }
    await store.close()
    return issued


@pytest.fixture
async def store(sqlite_url, tmp_path, prepared):
    shutil.copyfile(prepared.file, tmp_path / "keys.db")
    store = await open_store(sqlite_url)
    yield store
    await store.close()


@pytest.fixture
def operators(prepared):
    """An operator of each role, by role."""
    return prepared.operators


@pytest.fixture
def monotonic():
    return Clock(0.0)


@pytest.fixture
def changes():
    """How often the API said that something changed."""
    return []


@pytest.fixture
def desk(store, clock, monotonic, changes):
    return Desk(
        settings(admin={"hosts": ["admin.example.com"]}),
        store,
        clock=clock,
        monotonic=monotonic,
        on_change=lambda: changes.append(1),
    )


@pytest.fixture
def app(desk):
    return admin_app(desk)


@pytest.fixture
def apis(app, operators):
    """The API as each role meets it."""
    return {role: Api(app, issued.token) for role, issued in operators.items()}


@pytest.fixture
def admin(apis):
    return apis[Role.ADMIN]


@pytest.fixture
def owner(apis):
    return apis[Role.OWNER]


@pytest.fixture
async def own_key(lifecycle):
    """A key of the owner's account."""
    return await lifecycle.mint(an_order(account=OWNED, tenant="pixel-1"), "test")


@pytest.fixture
async def foreign_key(lifecycle):
    """A key of another account."""
    return await lifecycle.mint(an_order(account=FOREIGN, tenant="pixel-9"), "test")


async def events(store, tag=None):
    """The audit log, or what of it has a tag."""
    return [one.event for one in await store.list_audit_events(limit=1000) if tag is None or one.event.tag == tag]
