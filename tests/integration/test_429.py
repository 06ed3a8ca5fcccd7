"""What each plan allows and then refuses; what is charged, and to whom. `asking.require_whole` sees each answer's headers."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from deploy.demo.seed import CLIENT, OTHER_CLIENT, OTHER_PIXEL, OTHER_VIEW
from tests.integration.asking import CLIENTS, MEASURES, QUERY, QUESTION, VIEWS, client_of, limits
from tests.integration.raw import exchange

HOUR_S = 3600
STRANGERS_BURST = 100

PLANS = {
    "upstack_full": ("upstack", 10_000),
    "dashtrack_starter": ("starter", 100),
    "dashtrack_professional": ("professional", 1_000),
    "dashtrack_agency": ("agency", 10_000),
    "dashtrack_enterprise": ("enterprise", 50_000),
}


@pytest.fixture
def starter(demo, mint):
    """A Starter key of the test's own."""
    with client_of(demo.base_url, {"authorization": f"Bearer {mint('dt', '--plan', 'starter')}"}) as client:
        yield client


@pytest.mark.parametrize("key", PLANS)
def test_the_limit_of_each_plan(as_key, key):
    plan, limit = PLANS[key]
    response = as_key(key).get(CLIENTS if key.startswith("dashtrack") else MEASURES)
    assert response.status_code == 200
    told, remaining, _ = limits(response)
    assert told == limit
    assert remaining < limit
    assert response.headers["ratelimit-policy"] == f'"{plan}";q={limit};w={HOUR_S}'


def test_the_101st_request_of_the_hour(starter):
    answers = [starter.get(CLIENTS, params={"limit": 1}) for _ in range(100)]
    assert {answer.status_code for answer in answers} == {200}
    assert [limits(answer)[1] for answer in answers] == [*range(99, -1, -1)]
    refused = starter.get(CLIENTS)
    assert refused.status_code == 429
    assert refused.json()["code"] == "rate_limited"
    assert 1 <= int(refused.headers["retry-after"]) <= HOUR_S / 100
    limit, remaining, reset = limits(refused)
    assert (limit, remaining) == (100, 0)
    assert 0 < reset - time.time() <= HOUR_S + 1
    assert [starter.get(f"{CLIENTS}/{id_}/team").status_code for id_ in (CLIENT, OTHER_CLIENT, "x")] == [429, 429, 429]


def test_many_at_once_are_let_through_no_more_than_the_limit(starter):
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: starter.get(CLIENTS, params={"limit": 1}).status_code, range(120)))
    assert statuses.count(200) == 100
    assert statuses.count(429) == 20


def test_what_is_refused_after_authentication_is_charged_too(starter):
    first = limits(starter.get(CLIENTS))[1]
    refused = {
        400: starter.get(CLIENTS, params={"limit": "x"}),
        403: starter.get(f"{CLIENTS}/{OTHER_CLIENT}/team"),
        404: starter.get(f"{CLIENTS}/none/team"),
        405: starter.delete(CLIENTS),
    }
    assert [answer.status_code for answer in refused.values()] == list(refused)
    assert [limits(answer)[1] for answer in refused.values()] == [first - spent for spent in (1, 2, 3, 4)]


def test_upstack_refusals_are_charged_too(demo, mint):
    headers = demo.headers("upstack_full") | {"x-api-key": mint("upstack", "--scope", "dashboards:read")}
    with client_of(demo.base_url, headers) as client:
        refused = {
            "another pixel": client.get(MEASURES, headers={"x-pixel-id": OTHER_PIXEL}),
            "scope": client.post(QUERY, json=QUESTION),
            "foreign view": client.get(f"{VIEWS}/{OTHER_VIEW}"),
            "no route": client.get("/db-mgmt/none"),
        }
    assert [answer.status_code for answer in refused.values()] == [401, 403, 404, 404]
    assert [limits(answer)[:2] for answer in refused.values()] == [(10_000, 9_999 - spent) for spent in range(4)]


def test_each_key_has_a_bucket_of_its_own(demo, mint, starter):
    while starter.get(CLIENTS).status_code == 200:
        pass
    with client_of(demo.base_url, {"authorization": f"Bearer {mint('dt', '--plan', 'starter')}"}) as neighbour:
        assert limits(neighbour.get(CLIENTS))[1] == 99


def test_a_limit_of_a_keys_own(demo, mint):
    with client_of(demo.base_url, {"authorization": f"Bearer {mint('dt', '--limit', '3/hour')}"}) as client:
        assert [client.get(CLIENTS).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_stranger_is_limited_by_address_and_locks_nobody_out(demo, stranger):
    guessed = {"authorization": f"Bearer {demo.key('dashtrack_agency')[:-1]}!"}
    statuses = [stranger.get(CLIENTS, headers=guessed).status_code for _ in range(STRANGERS_BURST + 30)]
    assert statuses[:STRANGERS_BURST] == [401] * STRANGERS_BURST
    assert 429 in statuses
    refused = next(answer for answer in iter(lambda: stranger.get(CLIENTS), None) if answer.status_code == 429)
    assert refused.json()["code"] == "anonymous_limited"
    assert int(refused.headers["retry-after"]) >= 1
    assert '"anonymous"' in refused.headers["ratelimit-policy"]
    # the key it guessed at still works, from that address too: it is known
    assert stranger.get(CLIENTS, headers=demo.headers("dashtrack_agency")).status_code == 200


def test_what_the_transport_refuses_is_limited_too(demo):
    """Anyone can send junk: it is charged to the address, as any request without a key."""
    junk = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"
    answers = [exchange(demo.base_url, junk, address="127.9.9.9") for _ in range(STRANGERS_BURST + 30)]
    statuses = [answer.status for answer in answers]
    assert statuses[:STRANGERS_BURST] == [400] * STRANGERS_BURST
    refused = next(answer for answer in answers if answer.status == 429)
    assert json.loads(refused.body)["code"] == "anonymous_limited"
    assert int(refused.headers["retry-after"]) >= 1
