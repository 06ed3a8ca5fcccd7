"""What is counted, under which labels, and how Prometheus reads it."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from gateway.instruments import Histogram
from gateway.metrics import METRICS, Kind, Metrics
from gateway.problems import Reason
from gateway.record import Record

DOCS = Path(__file__).parents[2] / "docs"
VIEW = Record(
    method="GET",
    status=200,
    client="192.0.2.7",
    request_id="r",
    total_s=0.004,
    own_s=0.00004,
    api="upstack",
    route="view",
    key_id="abcdefghij",
    plan="upstack",
    limit=100,
    remaining=99,
    upstream="accounts",
    upstream_s=0.0039,
)


@pytest.fixture
def metrics():
    return Metrics("1.2.3")


def samples(metrics):
    """Every sample of a scrape: (name, labels as text) -> value, our own only."""
    page, _ = metrics.render()
    return {
        (sample.name, ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in parse_text(page.decode())
        for sample in family.samples
        if sample.name.startswith("gateway_")
    }


def test_a_served_request_is_counted_timed_and_charged(metrics):
    metrics.observe(VIEW)
    metrics.observe(VIEW._replace(total_s=0.2))
    got = samples(metrics)
    assert got["gateway_requests_total", "api=upstack,method=GET,reason=none,route=view,status=200"] == 2
    assert got["gateway_request_seconds_bucket", "api=upstack,le=0.0025,route=view"] == 0
    assert got["gateway_request_seconds_bucket", "api=upstack,le=0.005,route=view"] == 1
    assert got["gateway_request_seconds_bucket", "api=upstack,le=+Inf,route=view"] == 2
    assert got["gateway_request_seconds_count", "api=upstack,route=view"] == 2
    assert got["gateway_request_seconds_sum", "api=upstack,route=view"] == pytest.approx(0.204)
    assert got["gateway_own_seconds_bucket", "api=upstack,le=2.5e-05"] == 0
    assert got["gateway_own_seconds_bucket", "api=upstack,le=5e-05"] == 2
    assert got["gateway_upstream_seconds_count", "upstream=accounts"] == 2
    assert got["gateway_limit_decisions_total", "plan=upstack,result=allowed"] == 2


@pytest.mark.parametrize("reason", [Reason.RATE_LIMITED, Reason.ANONYMOUS_LIMITED])
def test_a_refusal_by_the_limit_is_a_refused_decision(metrics, reason):
    metrics.observe(VIEW._replace(status=429, reason=reason, remaining=0, upstream=None))
    got = samples(metrics)
    assert got["gateway_limit_decisions_total", "plan=upstack,result=refused"] == 1
    assert got["gateway_requests_total", f"api=upstack,method=GET,reason={reason.value},route=view,status=429"] == 1
    assert not any(name.startswith("gateway_upstream_seconds") for name, _ in got)


def test_another_refusal_is_an_allowed_decision_and_none_without_a_charge(metrics):
    metrics.observe(VIEW._replace(status=403, reason=Reason.INSUFFICIENT_SCOPE))
    metrics.observe(VIEW._replace(status=400, reason=Reason.MALFORMED_REQUEST, plan=None, remaining=None))
    got = samples(metrics)
    assert got["gateway_limit_decisions_total", "plan=upstack,result=allowed"] == 1
    assert sum(value for (name, _), value in got.items() if name == "gateway_limit_decisions_total") == 1


def test_legacy_scopes_are_counted(metrics):
    metrics.observe(VIEW._replace(legacy_scopes={"db_query", "attribution_query"}))
    metrics.observe(VIEW._replace(legacy_scopes={"db_query"}))
    got = samples(metrics)
    assert got["gateway_legacy_scope_uses_total", "scope=db_query"] == 2
    assert got["gateway_legacy_scope_uses_total", "scope=attribution_query"] == 1


def test_ten_thousand_random_requests_add_less_than_twenty_series(metrics):
    # What a client may choose: path (no route has it), method, key, address, tenant. SECURITY.md O2.
    metrics.observe(VIEW)
    before = series(metrics)
    chance = random.Random(7)
    for number in range(10_000):
        method = chance.choice(["GET", "POST", f"M{number}", "\x00"])
        metrics.observe(
            Record(
                method=method,
                status=404,
                client=f"192.0.2.{number % 256}",
                request_id=str(number),
                total_s=chance.random(),
                own_s=chance.random(),
                reason=Reason.ROUTE_UNKNOWN,
                key_id=str(number),
                account=str(number),
                tenant=str(number),
                plan="anonymous",
                remaining=5,
            )
        )
    assert series(metrics) - before < 20
    assert samples(metrics)[
        "gateway_requests_total", "api=none,method=other,reason=route_unknown,route=none,status=404"
    ]


def series(metrics):
    """How many time series there are, a histogram's buckets counted as one."""
    return len({(name, re.sub(r"le=[^,]*,?", "", labels)) for name, labels in samples(metrics) if "_sum" not in name})


def test_owners_are_asked_at_each_scrape(metrics):
    in_flight = [3]
    metrics.read("gateway_requests_in_flight", lambda: in_flight[0])
    metrics.read("gateway_upstream_connections", lambda: {("accounts", "idle"): 2, ("accounts", "active"): 1})
    metrics.read("gateway_key_cache_lookups_total", lambda: {("hit",): 10, ("miss",): 1})
    first = samples(metrics)
    assert first["gateway_requests_in_flight", ""] == 3
    assert first["gateway_upstream_connections", "state=idle,upstream=accounts"] == 2
    assert first["gateway_key_cache_lookups_total", "result=hit"] == 10
    in_flight[0] = 4
    assert samples(metrics)["gateway_requests_in_flight", ""] == 4
    metrics.read("gateway_requests_in_flight", lambda: 0)
    assert samples(metrics)["gateway_requests_in_flight", ""] == 0


def test_an_owner_may_count_itself(metrics):
    metrics.counter("gateway_verifications_total").add(("verified",))
    metrics.counter("gateway_verifications_total").add(("verified",), 2)
    assert samples(metrics)["gateway_verifications_total", "result=verified"] == 3


@pytest.mark.parametrize("name", ["gateway_own_seconds", "gateway_of_no_row"])
def test_only_a_counter_or_gauge_of_the_table_can_be_read_from_an_owner(metrics, name):
    with pytest.raises(KeyError):
        metrics.read(name, lambda: 1)


def test_an_owner_that_fails_is_left_out_and_counted(metrics):
    def broken():
        raise RuntimeError("pool is gone")

    metrics.read("gateway_limit_buckets", broken)
    metrics.observe(VIEW)
    got = samples(metrics)
    assert ("gateway_limit_buckets", "") not in got
    assert got["gateway_reading_errors_total", "metric=gateway_limit_buckets"] == 1
    assert got["gateway_request_seconds_count", "api=upstack,route=view"] == 1


def test_the_version_and_the_process_are_there(metrics):
    page, media_type = metrics.render()
    assert b'gateway_build_info{version="1.2.3"} 1.0' in page
    assert b"process_resident_memory_bytes" in page
    assert media_type.startswith("text/plain")


def test_openmetrics_is_given_to_who_asks(metrics):
    metrics.observe(VIEW)
    page, media_type = metrics.render("application/openmetrics-text; version=1.0.0")
    assert media_type.startswith("application/openmetrics-text")
    names = {family.name for family in parse_openmetrics(page.decode())}
    assert {"gateway_requests", "gateway_request_seconds"} <= names


@pytest.mark.parametrize(("value", "bucket"), [(0.0, 0), (1.0, 0), (1.0001, 1), (2.0, 1), (2.0001, 2), (99.0, 2)])
def test_a_bound_is_in_its_bucket(value, bucket):
    histogram = Histogram((1.0, 2.0))
    histogram.observe((), value)
    assert histogram.series[()].counts == [int(index == bucket) for index in range(3)]


def test_names_help_and_labels_are_as_prometheus_wants_them():
    for name, row in METRICS.items():
        assert re.fullmatch(r"gateway_[a-z_]+", name)
        assert name.endswith("_total") == (row.kind is Kind.COUNTER), name
        assert not row.help.endswith(".")
        assert bool(row.bounds) == (row.kind is Kind.HISTOGRAM)
        assert list(row.bounds) == sorted(set(row.bounds))
        assert not {"path", "key", "key_id", "tenant", "account", "client"} & set(row.labels), name


def test_every_metric_is_documented_as_it_is():
    documented = dict(
        re.findall(r"^\| `(gateway_\w+)` \| (.*) \|$", (DOCS / "metrics.md").read_text("utf-8"), re.MULTILINE)
    )
    labels = {name: ", ".join(f"`{label}`" for label in row.labels) or "-" for name, row in METRICS.items()}
    assert documented == {name: f"{row.kind} | {labels[name]} | {row.help}" for name, row in METRICS.items()}
