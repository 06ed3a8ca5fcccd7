"""Whole gateways on one Redis, with traffic on while it is killed and comes back: no answer is wrong, each says what it is."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from tests.faults.fleet import PATIENCE_S, TARGET, Gateways, mint, opened, settings, write
from tests.redis_server import RedisServer

BACK_WITHIN_S = 5


@pytest.fixture
def own_redis():
    with RedisServer.started() as server:
        yield server


def config_of(folder, server, backend, **redis):
    document = settings(f"sqlite:///{folder}/keys.db", backend.port)
    document["listen"]["status"] = {"host": "127.0.0.1", "port": 0}
    document["keys"]["plans"] = {"small": {"limit": 1000}}
    document["limits"]["redis"] = {"url": server.url, **redis}
    return write(folder, document)


class Client:
    """One key's requests to some gateways, in turn."""

    def __init__(self, http, key, *fleet):
        self._http, self._key, self._fleet, self._turn = http, key, fleet, 0

    async def ask(self):
        gateways = self._fleet[self._turn % len(self._fleet)]
        self._turn += 1
        return await self._http.get(gateways.url + TARGET, headers={"x-api-key": self._key, "x-tenant": "pixel-1"})

    async def until(self, wanted):
        """Ask until an answer is as wanted; give all up to it."""
        answers = []
        async with asyncio.timeout(PATIENCE_S):
            while not (answers and wanted(answers[-1])):
                answers.append(await self.ask())
        return answers


def is_degraded(answer):
    return answer.headers.get("x-ratelimit-policy") == "degraded"


async def readiness(http, gateways):
    answer = await http.get(f"http://127.0.0.1:{gateways.ports['status']}/readyz")
    return answer.status_code, answer.json()["checks"]["limits"]


async def metric(http, gateways, name):
    page = (await http.get(f"http://127.0.0.1:{gateways.ports['status']}/metrics")).text
    return next(float(line.rpartition(" ")[2]) for line in page.splitlines() if line.startswith(name + " "))


async def test_two_gateways_lose_redis_and_find_it_again(tmp_path, own_redis, backend):
    config = config_of(tmp_path, own_redis, backend, nodes=2)
    async with (
        opened(f"sqlite:///{tmp_path}/keys.db") as (_, lifecycle),
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http,
        Gateways.running(config) as first,
        Gateways.running(config) as second,
    ):
        client = Client(http, (await mint(lifecycle))[0], first, second)
        before = await asyncio.gather(*(client.ask() for _ in range(20)))
        assert {answer.status_code for answer in before} == {200}
        # one bucket for both
        assert len({answer.headers["x-ratelimit-remaining"] for answer in before}) == 20
        assert not any(map(is_degraded, before))
        assert await readiness(http, first) == (200, "ok")

        own_redis.kill()
        during = await asyncio.gather(*(client.ask() for _ in range(40)))
        assert {answer.status_code for answer in during} == {200}
        assert all(map(is_degraded, during))
        assert await readiness(http, first) == (200, "warning")
        assert await metric(http, first, "gateway_limits_degraded") == 1

        own_redis.start()
        returned = time.monotonic()
        after = await client.until(lambda answer: not is_degraded(answer)) + await client.until(
            lambda answer: not is_degraded(answer)
        )
        assert time.monotonic() - returned < BACK_WITHIN_S
        assert {answer.status_code for answer in after} == {200}
        assert await metric(http, first, "gateway_limits_degraded") == 0
    for gateways in (first, second):
        changes = [line["event"] for line in gateways.lines if line.get("event", "").startswith("limits_")]
        assert changes == ["limits_degraded", "limits_restored"]


async def test_deny_answers_503_and_when_to_come_back(tmp_path, own_redis, backend):
    config = config_of(tmp_path, own_redis, backend, on_failure="deny")
    async with (
        opened(f"sqlite:///{tmp_path}/keys.db") as (_, lifecycle),
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http,
        Gateways.running(config) as gateways,
    ):
        client = Client(http, (await mint(lifecycle))[0], gateways)
        assert (await client.ask()).status_code == 200
        own_redis.pause()
        refused = await asyncio.gather(*(client.ask() for _ in range(20)))
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(503, "limits_unavailable")}
        assert all(int(answer.headers["retry-after"]) >= 1 and is_degraded(answer) for answer in refused)
        own_redis.resume()
        assert [answer.status_code for answer in await client.until(lambda answer: answer.is_success)][-1] == 200


async def test_a_gateway_starts_without_its_redis(tmp_path, own_redis, backend):
    config = config_of(tmp_path, own_redis, backend)
    async with opened(f"sqlite:///{tmp_path}/keys.db") as (_, lifecycle):
        key, _ = await mint(lifecycle)
    own_redis.kill()
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http, Gateways.running(config) as gateways:
        answer = await Client(http, key, gateways).ask()
        assert (answer.status_code, is_degraded(answer)) == (200, True)
