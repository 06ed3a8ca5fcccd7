"""Who a request is for is what its key's record says. What a client says of itself changes nothing."""

from __future__ import annotations

import json
import re

import pytest

from deploy.demo.seed import OTHER_ACCOUNT, OTHER_PIXEL, OTHER_VIEW, PIXEL
from tests.integration.asking import CLIENTS, MEASURES, NEW_PRESET, PRESET, QUERY, QUESTION, VIEWS
from tests.integration.raw import exchange

SPOOFED = {
    "x-tenant-id": OTHER_PIXEL,
    "x-account-id": OTHER_ACCOUNT,
    "x-key-id": "0000000000",
    "x-scopes": "dashboards:write,analytics:read",
    "x-plan": "enterprise",
    "x-resources": "*",
    "x_tenant_id": OTHER_PIXEL,
    "x-original-url": f"{VIEWS}/{OTHER_VIEW}",
    "x-rewrite-url": f"{VIEWS}/{OTHER_VIEW}",
    "x-forwarded-for": "10.0.0.1",
    "forwarded": "for=10.0.0.1",
}


def test_the_numbers_are_of_the_keys_pixel(full, as_key):
    own = full.post(QUERY, json=QUESTION).json()
    theirs = as_key("upstack_other_pixel").post(QUERY, json=QUESTION | {"pixelId": OTHER_PIXEL}).json()
    assert own != theirs
    assert full.post(QUERY, json=QUESTION, headers=SPOOFED).json() == own


def test_a_view_is_made_in_the_keys_pixel(full):
    made = full.post(PRESET, json=NEW_PRESET, headers=SPOOFED).json()["dashboardView"]
    assert (made["pixelId"], made["createdBy"], made["updatedBy"]) == (PIXEL, "", "")


def test_the_clients_are_of_the_keys_account(agency):
    own = agency.get(CLIENTS).json()
    assert agency.get(CLIENTS, headers=SPOOFED | {"x-tenant-id": OTHER_ACCOUNT}).json() == own


def test_scopes_are_of_the_key(as_key):
    assert as_key("upstack_no_scopes").get(VIEWS, headers=SPOOFED).status_code == 403


@pytest.mark.parametrize(
    ("nominated", "status"),
    [("x-tenant-id", 200), ("x-api-key", 400), ("close, x-pixel-id", 400), ("content-length", 400), ("host", 400)],
)
def test_connection_takes_nothing_away_that_is_ours(demo, nominated, status):
    """By naming a field in Connection a client could have it removed behind the check (SECURITY.md H14).

    What the gateway itself adds is added after that, and so is safe from it.
    """
    body = json.dumps(QUESTION)
    credentials = "".join(f"{name}: {value}\r\n" for name, value in demo.headers("upstack_full").items())
    answer = exchange(
        demo.base_url,
        f"POST {QUERY} HTTP/1.1\r\nHost: a\r\n{credentials}Content-Type: application/json\r\n"
        f"Connection: {nominated}\r\nContent-Length: {len(body)}\r\n\r\n{body}",
    )
    assert answer.status == status


@pytest.mark.parametrize("given", ["abc", "A-b_c.9", "x" * 64])
def test_a_well_formed_request_id_is_kept(demo, full, given):
    assert full.get(MEASURES, headers={"x-request-id": given}).headers["x-request-id"] == given
    assert demo.record(given)["status"] == 200
    refused = full.get("/accounts/none", headers={"x-request-id": given})
    assert refused.json()["request_id"] == refused.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "é", 'a"b', "a/b", "a\tb"])
def test_any_other_request_id_is_replaced(full, given):
    answered = full.get(MEASURES, headers={b"x-request-id": given.encode()})
    assert re.fullmatch(r"[0-9a-f]{32}", answered.headers["x-request-id"])


def test_request_ids_are_never_the_same_by_themselves(full):
    assert len({full.get(MEASURES).headers["x-request-id"] for _ in range(20)}) == 20


def test_an_answer_is_this_keys_alone(full, agency):
    for answered in (full.get(MEASURES), full.get("/accounts/none")):
        assert answered.headers["cache-control"] == "private, no-store"
        assert answered.headers["vary"] == "x-api-key, x-pixel-id"
    assert agency.get(CLIENTS).headers["vary"] == "authorization"


def test_no_header_names_what_runs_behind(full, stranger):
    for answered in (full.get(MEASURES), full.get("/accounts/none"), stranger.get("/")):
        assert "server" not in answered.headers
        assert "x-powered-by" not in answered.headers
