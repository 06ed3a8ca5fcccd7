"""What ops see of the demo: one log line and one count for each request, health, and never the text of a key."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from deploy.demo.seed import OTHER_VIEW, PIXEL, UPSTACK_ACCOUNT, VIEW
from tests.integration.asking import CLIENTS, MEASURES, QUERY, QUESTION, VIEWS
from tests.integration.raw import exchange


@pytest.fixture
def ops(demo):
    with httpx.Client(base_url=demo.admin_url, trust_env=False) as client:
        yield client


def test_the_line_of_a_request_that_was_served(demo, full):
    answered = full.post(QUERY, json=QUESTION)
    record = demo.record(answered.headers["x-request-id"])
    assert {
        "event": "request",
        "level": "info",
        "method": "POST",
        "api": "upstack",
        "route": "query",
        "template": QUERY,
        "status": 200,
        "reason": None,
        "key_id": demo.key("upstack_full").partition("_")[2][:10],
        "account": UPSTACK_ACCOUNT,
        "tenant": PIXEL,
        "plan": "upstack",
        "limit": 10_000,
        "remaining": int(answered.headers["x-ratelimit-remaining"]),
        "upstream": "db-mgmt",
        "request_bytes": len(answered.request.content),
        "response_bytes": len(answered.content),
    }.items() <= record.items()
    assert 0 < record["upstream_s"] < record["total_s"]
    assert record["own_s"] == pytest.approx(record["total_s"] - record["upstream_s"], abs=1e-5)


# who, method, path -> status, reason, template
REFUSALS = [
    (None, "GET", MEASURES, 401, "credential_missing", MEASURES),
    (None, "GET", "/none", 404, "route_unknown", None),
    ("upstack_revoked", "GET", MEASURES, 401, "key_revoked", MEASURES),
    ("upstack_expired", "GET", MEASURES, 401, "key_expired", MEASURES),
    ("upstack_no_scopes", "GET", VIEWS, 403, "insufficient_scope", VIEWS),
    ("upstack_full", "GET", f"{VIEWS}/{OTHER_VIEW}", 404, "resource_foreign", VIEWS + "/{dashboardViewId}"),
    ("upstack_full", "GET", f"{VIEWS}/none", 404, "resource_missing", VIEWS + "/{dashboardViewId}"),
    ("upstack_full", "PUT", VIEWS, 405, "method_not_allowed", None),
    ("upstack_full", "GET", "/accounts/secret", 404, "route_unknown", None),
]


@pytest.mark.parametrize(("key", "method", "path", "status", "reason", "template"), REFUSALS)
def test_the_line_of_a_refusal_says_why(demo, as_key, stranger, key, method, path, status, reason, template):
    """Also where the client is not told: the log knows a foreign view from a missing one."""
    answered = (as_key(key) if key else stranger).request(method, path)
    record = demo.record(answered.headers["x-request-id"])
    assert (record["status"], record["reason"], record["template"]) == (status, reason, template)
    assert (record["upstream"], answered.status_code) == (None, status)


def test_the_line_of_what_the_transport_refuses(demo):
    answered = exchange(demo.base_url, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nX-Request-Id: two-hosts\r\n\r\n")
    record = demo.record(answered.headers["x-request-id"])
    assert (record["status"], record["reason"], record["plan"]) == (400, "host_invalid", "anonymous")


def test_each_request_has_one_line(demo, full):
    ids = [full.get(MEASURES).headers["x-request-id"] for _ in range(5)]
    for id_ in ids:
        demo.record(id_)
    lines = "".join(demo.lines)
    assert [lines.count(f'"request_id":"{id_}"') for id_ in ids] == [1] * 5


def test_a_request_whose_body_turns_out_bad_has_one_line(demo, full):
    head = "".join(f"{name}: {value}\r\n" for name, value in demo.headers("upstack_full").items())
    fields = "Host: a\r\nX-Request-Id: bad-chunk\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    answered = exchange(demo.base_url, f"POST {QUERY} HTTP/1.1\r\n{head}{fields}\r\n3\r\n{{ }}\r\nzz\r\n")
    assert (answered.status, answered.headers["x-request-id"]) == (400, "bad-chunk")
    demo.record(full.get(MEASURES).headers["x-request-id"])
    assert "".join(demo.lines).count('"request_id":"bad-chunk"') == 1


def test_every_line_after_the_banner_is_json(demo, full):
    demo.record(full.get(MEASURES).headers["x-request-id"])
    after = demo.lines[next(at for at, line in enumerate(demo.lines) if "Ctrl-C" in line) + 2 :]
    assert all(json.loads(line)["event"] for line in after)


def counted(ops: httpx.Client, **labels: str) -> float:
    wanted = [f'{name}="{value}"' for name, value in labels.items()]
    lines = [line for line in ops.get("/metrics").text.splitlines() if line.startswith("gateway_requests_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in lines if all(label in line for label in wanted))


def test_each_request_is_counted_by_route_status_and_reason(ops, full, as_key):
    asked = [
        ({"route": "measures", "status": "200", "reason": "none"}, full, "GET", MEASURES),
        ({"route": "view", "status": "404", "reason": "resource_foreign"}, full, "GET", f"{VIEWS}/{OTHER_VIEW}"),
        ({"route": "views", "status": "403", "reason": "insufficient_scope"}, as_key("upstack_no_scopes"), "GET", VIEWS),
        ({"api": "dashtrack", "route": "clients", "status": "400"}, as_key("dashtrack_agency"), "GET", CLIENTS + "?limit=0"),
    ]  # fmt: skip
    for labels, client, method, path in asked:
        before = counted(ops, **labels)
        client.request(method, path)
        assert counted(ops, **labels) == before + 1


def test_odd_paths_make_no_new_series(ops, full):
    full.get("/accounts/first")
    before = len(ops.get("/metrics").text.splitlines())
    for number in range(50):
        full.get(f"/accounts/odd-{number}")
        full.get(f"{VIEWS}/odd-{number}")
    assert len(ops.get("/metrics").text.splitlines()) <= before + 20


def test_the_metrics_parse(ops):
    families = {
        line.split()[2]: line.split()[3] for line in ops.get("/metrics").text.splitlines() if line.startswith("# TYPE ")
    }
    assert families["gateway_requests_total"] == "counter"
    assert families["gateway_request_seconds"] == "histogram"
    assert families["gateway_store_up"] == "gauge"


def test_health(ops):
    live, ready = ops.get("/livez"), ops.get("/readyz")
    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    assert ready.status_code == 200
    assert ready.json()["status"] == "ok"
    assert ready.headers["cache-control"] == "no-store"


def test_no_key_is_anywhere_but_in_the_banner_and_the_keys_file(demo, ops, full, as_key, stranger):
    """In the log, the metrics, the database and all that is beside it: of no key that was shown, right or wrong."""
    invented = demo.key("upstack_full")[:-4] + "0000"
    stranger.get(MEASURES, headers={"x-api-key": invented, "x-pixel-id": PIXEL})
    stranger.get(f"/db-mgmt/{invented}", params={"key": invented}, headers={"user-agent": invented, "cookie": invented})
    full.get(f"{VIEWS}/{demo.key('upstack_full')}")
    full.get(f"{VIEWS}/{VIEW}")
    demo.record(as_key("dashtrack_agency").get(CLIENTS).headers["x-request-id"])
    log = "".join(line for line in demo.lines if line.startswith("{"))
    said = [log, ops.get("/metrics").text, demo.errors]
    kept = [file.read_bytes() for file in demo.folder.rglob("*") if file.is_file()]
    assert any(b"SQLite format 3" in content for content in kept)
    for text in (invented, *(sample["key"] for sample in demo.written["keys"].values())):
        secret = text.partition("_")[2][10:34]
        assert not any(secret in text for text in said)
        assert not any(secret.encode() in content for content in kept)
    assert demo.written["admin_token"] not in log
    assert re.search(r'"key_id":"[0-9A-Za-z]{10}"', log)
