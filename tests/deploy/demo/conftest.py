"""The three services and a stand-in for the gateway, for real: uvicorn on free ports, in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest
from typer.testing import CliRunner

from deploy.demo.seed import ACCOUNT, OTHER_ACCOUNT, OTHER_PIXEL, PIXEL
from deploy.demo.serve import listen, server_of, services
from deploy.demo.upstack.cli import app
from tests.deploy.demo.relay import relay

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "upstack_of_the_pixel"


@dataclass(frozen=True)
class Demo:
    """Where each service listens, and `relay`, which lets requests in as the gateway would."""

    ports: dict[str, int]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"


@contextmanager
def running(apps) -> Iterator[dict[str, int]]:
    """The apps, each behind its own server; all ready when entered, all gone when left."""
    sockets = {name: listen(0) for name in apps}
    servers = {}
    ready = threading.Event()

    async def serve() -> None:
        servers.update({name: server_of(app) for name, app in apps.items()})
        async with asyncio.TaskGroup() as tasks:
            for name, server in servers.items():
                tasks.create_task(server.serve([sockets[name]]))
            for server in servers.values():
                await server.ready.wait()
            ready.set()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(30)
    yield {name: listener.getsockname()[1] for name, listener in sockets.items()}
    for server in servers.values():
        server.should_exit = True
    thread.join(30)
    assert not thread.is_alive()
    for listener in sockets.values():
        listener.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Iterator[Demo]:
    with running(services(tmp_path_factory.mktemp("demo"))) as ports:
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        with running({"relay": relay(urls)}) as relayed:
            yield Demo({**ports, **relayed})


@contextmanager
def caller(url: str, **identity: str) -> Iterator[httpx.Client]:
    """A client that sends identity headers as the gateway would."""
    headers = {name.replace("_", "-"): value for name, value in identity.items()}
    with httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
def pixel() -> str:
    """A pixel of the test's own, without views."""
    return str(uuid4())


@pytest.fixture
def db_mgmt(demo) -> Iterator[httpx.Client]:
    with caller(demo.url("db-mgmt"), x_tenant_id=PIXEL) as client:
        yield client


@pytest.fixture
def accounts(demo, pixel) -> Iterator[httpx.Client]:
    """As a pixel of the test's own."""
    with caller(demo.url("accounts"), x_tenant_id=pixel) as client:
        yield client


@pytest.fixture
def seeded(demo) -> Iterator[httpx.Client]:
    """As the pixel that begins with views."""
    with caller(demo.url("accounts"), x_tenant_id=PIXEL) as client:
        yield client


@pytest.fixture
def other_seeded(demo) -> Iterator[httpx.Client]:
    with caller(demo.url("accounts"), x_tenant_id=OTHER_PIXEL) as client:
        yield client


@pytest.fixture
def dashtrack(demo) -> Iterator[httpx.Client]:
    with caller(demo.url("dashtrack"), x_tenant_id=ACCOUNT) as client:
        yield client


@pytest.fixture
def other_dashtrack(demo) -> Iterator[httpx.Client]:
    with caller(demo.url("dashtrack"), x_tenant_id=OTHER_ACCOUNT) as client:
        yield client


@dataclass
class Upstack:
    """The command with an environment of its own; nothing of the tester's gets in."""

    environment: dict[str, str | None]

    def __call__(self, *arguments, **kept):
        unset = dict.fromkeys(("UPSTACK_BASE_URL", "UPSTACK_API_KEY", "UPSTACK_PIXEL_ID"))
        wide = {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
        return CliRunner().invoke(app, arguments, env=unset | wide | self.environment, **kept)

    def json(self, *arguments, **kept):
        told = self(*arguments, "--json", **kept)
        assert told.exit_code == 0, told.output
        return json.loads(told.stdout)


@pytest.fixture
def environment(demo):
    return {"UPSTACK_BASE_URL": demo.url("relay"), "UPSTACK_API_KEY": KEY, "UPSTACK_PIXEL_ID": PIXEL}


@pytest.fixture
def upstack(environment):
    return Upstack(environment)
