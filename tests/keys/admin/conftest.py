"""The admin API on a fresh SQLite file, under a clock that the test sets, with an operator of every role."""

from __future__ import annotations

import httpx
import pytest

from keys.admin import Desk, admin_app
from keys.model import Role
from keys.operators import Operators
from keys.verify import Hasher
from tests.keys.builders import CHEAP, Clock, an_order, settings

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
async def two_accounts(accounts):
    await accounts.add(OWNED, "Acme", "small", None, "test")
    await accounts.add(FOREIGN, "Other", "small", None, "test")


@pytest.fixture
async def operators(store, clock, two_accounts):
    """An operator of each role, by role."""
    use_case = Operators(store, Hasher(CHEAP), clock=clock)
    return {role: await use_case.add(role.value, role, OWNED if role is Role.OWNER else None, "test") for role in Role}


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
async def own_key(lifecycle, two_accounts):
    """A key of the owner's account."""
    return await lifecycle.mint(an_order(account=OWNED, tenant="pixel-1"), "test")


@pytest.fixture
async def foreign_key(lifecycle, two_accounts):
    """A key of another account."""
    return await lifecycle.mint(an_order(account=FOREIGN, tenant="pixel-9"), "test")


async def events(store, tag=None):
    """The audit log, or what of it has a tag."""
    return [one.event for one in await store.list_audit_events(limit=1000) if tag is None or one.event.tag == tag]
