"""The steps that decide: which route, whose key, which scopes, is there room left."""

from __future__ import annotations

import pytest

from bench.micro.values import JUNK, KEY, PREFIX, PRINCIPAL, SCOPES, request, routes
from gateway.authorize import require_scopes
from gateway.credentials import extract_credential
from gateway.known_keys import KnownKeys
from gateway.limits.bucket import BucketRule, decide
from gateway.limits.limiter import Charge
from gateway.limits.memory import MemoryLimiter
from keys import Limit, parse_key

RULE = BucketRule.of(Limit(10**6, 1, 10**6))
NOW_US = 10**15


@pytest.mark.parametrize("count", [16, 1000])
@pytest.mark.parametrize("path", [b"/api/status", b"/api/part-7/items/41"], ids=["static", "with a parameter"])
def bench_route(benchmark, count, path):
    assert benchmark(routes(count).match, "GET", path).route is not None


def bench_route_unknown(benchmark):
    assert benchmark(routes(1000).match, "GET", b"/api/part-7/nothing").route is None


def bench_extract_credential(benchmark):
    match = routes(16).match("GET", b"/api/status")
    assert benchmark(extract_credential, match.api.credential, request()) == KEY


@pytest.mark.parametrize(("text", "is_key"), [(KEY, True), (JUNK, False), ("junk", False)], ids=["key", "sum", "form"])
def bench_parse_key(benchmark, text, is_key):
    assert (benchmark(parse_key, text, PREFIX) is not None) is is_key


def bench_mac_of_a_known_key(benchmark):
    assert benchmark(KnownKeys(10, 10, 5.0).mac, KEY)


def bench_require_scopes(benchmark):
    route = routes(16).match("GET", b"/api/status").require_route()
    assert benchmark(require_scopes, route, PRINCIPAL) is None


def bench_expand_scopes(benchmark):
    assert len(benchmark(SCOPES.expand, frozenset({"old_items"})).scopes) == 3


def bench_bucket(benchmark):
    assert benchmark(decide, RULE, NOW_US + 1000, NOW_US, 1).allowed


def bench_charge_in_memory(benchmark):
    assert benchmark(MemoryLimiter().charge_now, Charge("bucket", RULE)).allowed
