"""400: every mistake of a request at once, one entry for each field; and paths and bodies that can be read two ways."""

from __future__ import annotations

import json

import pytest

from deploy.demo.seed import CLIENT, PIXEL
from tests.integration.asking import (
    ATTRIBUTION,
    ATTRIBUTION_QUESTION,
    CLIENTS,
    COHORT_QUESTION,
    COHORTS,
    MAY,
    MEASURES,
    NEW_PRESET,
    PRESET,
    QUERY,
    QUESTION,
    VIEWS,
    errors_of,
)
from tests.integration.raw import exchange

THIRTY_ONE = [{"measure": "core.orders"}] * 31

# name: path, what is wrong with a good body, the fields complained of
INVALID = {
    "nothing": (QUERY, dict.fromkeys(QUESTION), {"pixelId", "granularity", "measures", "dateRange"}),
    "granularity": (QUERY, {"granularity": "fortnight"}, {"granularity"}),
    "no measures": (QUERY, {"measures": []}, {"measures"}),
    "31 measures": (QUERY, {"measures": THIRTY_ONE}, {"measures"}),
    "unknown measure": (QUERY, {"measures": [{"measure": "core.x"}]}, {"measures[0].measure"}),
    "pacing": (QUERY, {"measures": [{"measure": "core.orders", "pacing": "fast"}]}, {"measures[0].pacing"}),
    "6 dimensions": (QUERY, {"dimensions": ["utm_source"] * 6}, {"dimensions"}),
    "filters": (QUERY, {"filters": {"field": "utm_source", "op": "near", "value": "x"}}, {"filters.op"}),
    "no such day": (QUERY, {"dateRange": {"start": "2026-02-30", "end": "2026-03-01"}}, {"dateRange.start"}),
    "end before start": (QUERY, {"dateRange": {"start": "2026-05-02", "end": "2026-05-01"}}, {"dateRange.end"}),
    "overlap": (QUERY, {"compareDateRange": MAY}, {"compareDateRange"}),
    "timezone": (QUERY, {"timezone": "Mars/Olympus"}, {"timezone"}),
    "orderSettings": (QUERY, {"orderSettings": {"countPendingOrders": "no"}}, {"orderSettings.countPendingOrders"}),
    "unknown member": (QUERY, {"surprise": 1}, {"surprise"}),
    "several": (QUERY, {"granularity": 1, "timezone": "x", "measures": {}}, {"granularity", "timezone", "measures"}),
    "dimension": (ATTRIBUTION, {"dimension": "mood"}, {"dimension"}),
    "model": (ATTRIBUTION, {"attributionModel": "best_click"}, {"attributionModel"}),
    "window": (ATTRIBUTION, {"attributionWindow": 31}, {"attributionWindow"}),
    "cohort granularity": (COHORTS, {"granularity": "day"}, {"granularity"}),
    "cohort measure": (COHORTS, {"measures": ["core.orders"]}, {"measures[0]"}),
    "cohort without any": (COHORTS, {"measures": []}, {"measures"}),
    "preset without a name": (PRESET, {"name": None}, {"name"}),
    "preset measure": (PRESET, {"measures": ["core.x"]}, {"measures[0]"}),
    "preset chart types": (PRESET, {"chartTypes": ["sparkline"]}, {"chartTypes"}),
    "preset layout": (PRESET, {"layout": "spiral"}, {"layout"}),
    "preset window": (PRESET, {"attributionWindow": 0}, {"attributionWindow"}),
    "view type": (VIEWS, {"type": "poster"}, {"type"}),
    "view name": (VIEWS, {"name": ""}, {"name"}),
}
GOOD = {
    QUERY: QUESTION,
    ATTRIBUTION: ATTRIBUTION_QUESTION,
    COHORTS: COHORT_QUESTION,
    PRESET: NEW_PRESET,
    VIEWS: {"name": "View"},
}


@pytest.mark.parametrize("name", INVALID)
def test_a_field_that_is_wrong(full, name):
    path, wrong, fields = INVALID[name]
    asked = {member: value for member, value in (GOOD[path] | wrong).items() if value is not None}
    response = full.post(path, json=asked)
    assert errors_of(response) == fields
    assert response.json()["message"] == "Validation failed"


def test_a_change_that_changes_nothing(full, view):
    assert errors_of(full.patch(f"{VIEWS}/{view['id']}", json={})) == {"body"}


def test_the_type_of_a_list(full):
    assert errors_of(full.get(VIEWS, params={"type": "poster"})) == {"type"}


# bodies that two parsers could read as two pixels
AMBIGUOUS = {
    "doubled member": json.dumps(QUESTION)[:-1] + f', "pixelId": "{PIXEL}"}}',
    "doubled, escaped": json.dumps(QUESTION)[:-1] + f', "pixel\\u0049d": "{PIXEL}"}}',
    "doubled deeper": json.dumps(QUESTION)[:-1] + ', "orderSettings": {"a": 1, "a": 2}}',
    "no JSON": "{",
    "two values": json.dumps(QUESTION) * 2,
    "a list": json.dumps([QUESTION]),
    "not a number": json.dumps(QUESTION)[:-1] + ', "x": NaN}',
    "a byte order mark": "\ufeff" + json.dumps(QUESTION),
    "very deep": "[" * 100_000,
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_a_body_that_can_be_read_two_ways(full, name):
    response = full.post(QUERY, content=AMBIGUOUS[name].encode(), headers={"content-type": "application/json"})
    assert errors_of(response) == {"body"}
    assert response.json()["code"] == "body_invalid"


@pytest.mark.parametrize("coding", ["utf-16", "utf-32", "latin-1"])
def test_a_body_in_another_coding(full, coding):
    text = json.dumps(QUESTION | {"timezone": "ü"}, ensure_ascii=False)
    response = full.post(QUERY, content=text.encode(coding), headers={"content-type": "application/json"})
    assert errors_of(response) == {"body"}


@pytest.mark.parametrize("pixel", [None, 1, [PIXEL], {"id": PIXEL}])
def test_a_pixel_that_is_no_text(full, pixel):
    assert errors_of(full.post(QUERY, json=QUESTION | {"pixelId": pixel})) == {"pixelId"}


def test_no_body_at_all(full):
    assert errors_of(full.post(QUERY)) == {"body"}


DASHTRACK = {
    "limit 0": ("GET", "/v1/clients?limit=0", None, {"limit"}),
    "limit 501": ("GET", "/v1/clients?limit=501", None, {"limit"}),
    "limit signed": ("GET", "/v1/clients?limit=%2B5", None, {"limit"}),
    "limit twice": ("GET", "/v1/clients?limit=5&limit=6", None, {"limit"}),
    "offset": ("GET", "/v1/clients?offset=-1", None, {"offset"}),
    "both": ("GET", "/v1/clients?limit=x&offset=y", None, {"limit", "offset"}),
    "status": ("GET", "/projects?status=lost", None, {"status"}),
    "no name": ("POST", "/projects", {}, {"name"}),
    "budget": ("POST", "/projects", {"name": "x", "budget": -1}, {"budget"}),
    "dates": ("POST", "/projects", {"name": "x", "start_date": "May", "end_date": "2026-13-01"}, {"start_date", "end_date"}),
    "order": ("POST", "/projects", {"name": "x", "start_date": "2026-05-02", "end_date": "2026-05-01"}, {"end_date"}),
    "unknown": ("POST", "/projects", {"name": "x", "client_id": CLIENT}, {"client_id"}),
}  # fmt: skip


@pytest.mark.parametrize("name", DASHTRACK)
def test_dashtrack_parameters(agency, name):
    method, path, body, fields = DASHTRACK[name]
    where = path if path.startswith("/v1") else f"{CLIENTS}/{CLIENT}{path}"
    assert errors_of(agency.request(method, where, json=body)) == fields


# what servers in a row may read differently is not let through, key or none
PATHS = [
    "/db-mgmt/api/../api/measures",
    "/db-mgmt/./api/measures",
    "/db-mgmt/%2e%2e/accounts/api/dashboard/views",
    "/db-mgmt//api/measures",
    "/db-mgmt/api%2fmeasures",
    "/db-mgmt/api%5cmeasures",
    "/db-mgmt/api\\measures",
    "/db-mgmt/api/measures;x=1",
    "/db-mgmt/api/measures%00",
    "/db-mgmt/api/%256d",
    "/db-mgmt/api/%c0%af",
    "/db-mgmt/api/%zz",
    f"{VIEWS}/..%2f..%2finternal",
]


@pytest.mark.parametrize("path", PATHS)
def test_an_ambiguous_path(demo, path):
    credentials = "".join(f"{name}: {value}\r\n" for name, value in demo.headers("upstack_full").items())
    answer = exchange(demo.base_url, f"GET {path} HTTP/1.1\r\nHost: a\r\n{credentials}\r\n")
    assert answer.status == 400
    assert json.loads(answer.body)["code"] in {"path_ambiguous", "malformed_request", "target_invalid"}
    assert answer.headers["x-ratelimit-remaining"].isdecimal()


def test_nothing_odd_reaches_a_measure(full):
    assert full.get(MEASURES, params={"../": "%2f\\;\u2028"}).status_code == 200
