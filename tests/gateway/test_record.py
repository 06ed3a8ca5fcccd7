"""One line and one count per request."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway.metrics import Metrics
from gateway.problems import Reason
from gateway.record import Record, Recorder, render_console, render_json
from keys import mint_text

DOCS = Path(__file__).parents[2] / "docs"
AT_S = 1_785_000_000.25
SERVED = Record(
    method="GET",
    status=200,
    client="192.0.2.7",
    request_id="r-1",
    total_s=0.0014004,
    own_s=0.000034,
    api="upstack",
    route="view",
    template="/accounts/api/dashboard/views/{dashboardViewId}",
    key_id="abcdefghij",
    account="acme",
    tenant="pixel",
    plan="upstack",
    limit=10_000,
    remaining=9_999,
    upstream="accounts",
    upstream_s=0.0013664,
    response_bytes=1024,
    legacy_scopes=frozenset({"db_query", "attribution_query"}),
)
REFUSED = Record("GET", 429, "192.0.2.7", "r-2", 0.0001, 0.0001, api="upstack", reason=Reason.ANONYMOUS_LIMITED)


class ListSink(list[bytes]):
    """Keeps the lines it is given."""


@pytest.fixture
def sink():
    return ListSink()


@pytest.fixture
def metrics():
    return Metrics("1.2.3")


def test_a_served_request_is_one_line_of_json():
    line = render_json(SERVED, AT_S)
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "time": "2026-07-25T17:20:00.250Z",
        "level": "info",
        "event": "request",
        "request_id": "r-1",
        "client": "192.0.2.7",
        "method": "GET",
        "api": "upstack",
        "route": "view",
        "template": "/accounts/api/dashboard/views/{dashboardViewId}",
        "status": 200,
        "reason": None,
        "detail": None,
        "key_id": "abcdefghij",
        "account": "acme",
        "tenant": "pixel",
        "plan": "upstack",
        "limit": 10_000,
        "remaining": 9_999,
        "legacy_scopes": ["attribution_query", "db_query"],
        "upstream": "accounts",
        "upstream_s": 0.001366,
        "own_s": 0.000034,
        "total_s": 0.0014,
        "request_bytes": 0,
        "response_bytes": 1024,
    }


def test_every_line_has_the_same_fields_null_where_there_is_nothing():
    refused = json.loads(render_json(REFUSED, AT_S))
    assert list(refused) == list(json.loads(render_json(SERVED, AT_S)))
    assert refused["reason"] == "anonymous_limited"
    assert refused["key_id"] is None


def test_a_fault_of_ours_or_the_backend_is_an_error():
    assert json.loads(render_json(REFUSED._replace(status=502), AT_S))["level"] == "error"
    assert json.loads(render_json(REFUSED._replace(status=499), AT_S))["level"] == "info"


def test_what_clients_choose_cannot_break_or_flood_a_line():
    hostile = REFUSED._replace(method="GET\n{}\x1b[2J", client="\ud800" * 4000, tenant="x" * 5000, account="\x00")
    line = render_json(hostile, AT_S)
    assert line.count(b"\n") == 1
    parsed = json.loads(line)
    assert parsed["method"] == r"GET\n{}\x1b[2J"
    assert all(len(str(value).encode()) <= 1024 for value in parsed.values())


def test_no_key_material_in_a_line():
    text = mint_text("upstack").text
    line = render_json(REFUSED._replace(detail=f"tried {text}" + "x" * 2000), AT_S)
    assert text[-30:].encode() not in line
    assert b"***" in line


@pytest.mark.parametrize("render", [render_json, render_console])
def test_a_key_sent_as_the_method_is_not_in_a_line(render):
    text = mint_text("upstack").text
    assert text[-30:].encode() not in render(REFUSED._replace(method=text), AT_S)


def test_the_console_line_is_for_people():
    line = render_console(SERVED, AT_S).decode()
    assert line.startswith("17:20:00.250 \x1b[32m200\x1b[0m GET ")
    assert "/accounts/api/dashboard/views/{dashboardViewId} 1.4ms (own 0.03ms) key=abcdefghij upstack:9999" in line
    refused = render_console(REFUSED._replace(method="\x1b[2J"), AT_S).decode()
    assert "anonymous_limited from=192.0.2.7" in refused
    assert "\x1b[2J" not in refused
    assert "\x1b[31m502" in render_console(REFUSED._replace(status=502), AT_S).decode()


def test_a_record_is_written_and_counted(metrics, sink):
    recorder = Recorder(metrics, sink, clock=lambda: AT_S)
    recorder.record(SERVED)
    recorder.record(REFUSED)
    assert sink == [render_json(SERVED, AT_S), render_json(REFUSED, AT_S)]
    assert sum(metrics.counter("gateway_requests_total").values.values()) == 2


def test_a_recorder_can_write_for_people(metrics, sink):
    Recorder(metrics, sink, render=render_console, clock=lambda: AT_S).record(SERVED)
    assert sink == [render_console(SERVED, AT_S)]


def test_every_field_is_documented():
    documented = set(re.findall(r"^\| `(\w+)` \|", (DOCS / "logs.md").read_text("utf-8"), re.MULTILINE))
    assert set(json.loads(render_json(SERVED, AT_S))) <= documented
