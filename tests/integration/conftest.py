"""One `gateway demo` for the session, asked from outside, with clients for its sample keys."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from deploy.demo.seed import ACCOUNT, PIXEL, UPSTACK_ACCOUNT
from keys.cli import app as keys_app
from tests.integration.asking import NEW_PRESET, PRESET, client_of
from tests.integration.running_demo import RunningDemo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Iterator[RunningDemo]:
    running = RunningDemo(tmp_path_factory.mktemp("demo"))
    try:
        yield running
    finally:
        code = running.end()
    assert code == 0
    assert list(running.temporary.iterdir()) == []


@pytest.fixture(scope="session")
def as_key(demo) -> Iterator[Callable[[str], httpx.Client]]:
    """A client with the credentials of a sample key, by its name in the keys file."""
    clients: dict[str, httpx.Client] = {}
    with ExitStack() as stack:

        def client(name: str) -> httpx.Client:
            if name not in clients:
                clients[name] = stack.enter_context(client_of(demo.base_url, demo.headers(name)))
            return clients[name]

        yield client


@pytest.fixture(scope="session")
def full(as_key) -> httpx.Client:
    """The Upstack key that may do everything."""
    return as_key("upstack_full")


@pytest.fixture(scope="session")
def agency(as_key) -> httpx.Client:
    """A Dashtrack key with room for many requests."""
    return as_key("dashtrack_agency")


@pytest.fixture
def stranger(demo) -> Iterator[httpx.Client]:
    """A client without credentials, at an address that nobody else has."""
    with client_of(demo.base_url) as client:
        yield client


@pytest.fixture
def view(full) -> dict:
    """A view of the test's own."""
    made = full.post(PRESET, json=NEW_PRESET)
    assert made.status_code == 201
    return made.json()["dashboardView"]


@pytest.fixture(scope="session")
def mint(demo) -> Callable[..., str]:
    """`keys mint` with the demo's own settings file; gives the text of the key."""

    def mint(prefix: str, *arguments: str) -> str:
        whose = ("--account", UPSTACK_ACCOUNT, "--tenant", PIXEL) if prefix == "upstack" else ("--account", ACCOUNT)
        told = CliRunner().invoke(
            keys_app, ["mint", "--prefix", prefix, "--name", "minted", *whose, *arguments, "--config", str(demo.config)]
        )
        assert told.exit_code == 0, told.output
        return told.stdout.strip()

    return mint
