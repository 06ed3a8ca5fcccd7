"""Alive, ready, counted: over the real application, by Starlette's own client."""

from __future__ import annotations

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from gateway.metrics import Metrics
from gateway.status import Health, Status


class Node:
    """A process whose state the test turns."""

    def __init__(self):
        self.health = {"keys": Health.OK, "change_feed": Health.OK}
        self.is_draining = False
        checks = {name: lambda name=name: self.health[name] for name in self.health}
        self.status = Status(checks, Metrics("1.2.3"), lambda: self.is_draining)

    async def get(self, path, **options):
        transport = httpx.ASGITransport(self.status.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://status") as client:
            return await client.get(path, **options)


@pytest.fixture
def node():
    structlog.reset_defaults()
    return Node()


async def test_alive_whatever_else_is_wrong(node):
    node.health["keys"] = Health.FAILED
    node.is_draining = True
    answer = await node.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready_when_every_check_is_ok(node):
    answer = await node.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"keys": "ok", "change_feed": "ok"}}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_warning_stays_ready_and_says_so(node):
    node.health["change_feed"] = Health.WARNING
    answer = await node.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "warning", "checks": {"keys": "ok", "change_feed": "warning"}}


async def test_one_failed_check_is_not_ready(node):
    node.health = {"keys": Health.FAILED, "change_feed": Health.WARNING}
    answer = await node.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "failed")


async def test_draining_is_not_ready_at_once(node):
    node.is_draining = True
    answer = await node.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "draining")


async def test_a_check_that_cannot_tell_has_failed_and_tells_no_details(node):
    del node.health["keys"]  # looking it up now raises
    with capture_logs() as events:
        answer = await node.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["keys"]) == (503, "failed")
    assert "KeyError" not in answer.text
    assert [(event["event"], event["check"]) for event in events] == [("check_failed", "keys")]


async def test_no_check_at_all_is_ready():
    node = Node()
    node.status = Status({}, Metrics("1.2.3"), lambda: False)
    assert (await node.get("/readyz")).json() == {"status": "ok", "checks": {}}


async def test_metrics_are_text_for_prometheus(node):
    answer = await node.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'gateway_build_info{version="1.2.3"} 1.0' in answer.text


async def test_metrics_are_openmetrics_for_who_asks(node):
    answer = await node.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")


@pytest.mark.parametrize("path", ["/", "/admin", "/livez/", "/docs"])
async def test_nothing_else_is_there(node, path):
    assert (await node.get(path)).status_code == 404
