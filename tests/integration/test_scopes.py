"""Who may call what: every sample key of the Upstack API on every route of it, and what legacy scopes still grant."""

from __future__ import annotations

import re

import httpx
import pytest

from deploy.demo.seed import OTHER_PIXEL
from tests.integration.asking import (
    ATTRIBUTION,
    ATTRIBUTION_QUESTION,
    COHORT_QUESTION,
    COHORTS,
    MEASURES,
    NEW_PRESET,
    PRESET,
    QUERY,
    QUESTION,
    VIEWS,
)

ANALYTICS = {QUERY, ATTRIBUTION, COHORTS}

# name: method, path, body, the scope it needs, the status when it is allowed
ROUTES = {
    "measures": ("GET", MEASURES, None, None, 200),
    "query": ("POST", QUERY, QUESTION, "analytics:read", 200),
    "query-attribution": ("POST", ATTRIBUTION, ATTRIBUTION_QUESTION, "analytics:read", 200),
    "query-cohort-analysis": ("POST", COHORTS, COHORT_QUESTION, "analytics:read", 200),
    "views": ("GET", VIEWS, None, "dashboards:read", 200),
    "view": ("GET", VIEWS + "/{id}", None, "dashboards:read", 200),
    "view-create": ("POST", VIEWS, {"name": "New"}, "dashboards:write", 201),
    "view-from-preset": ("POST", PRESET, NEW_PRESET, "dashboards:write", 201),
    "view-update": ("PATCH", VIEWS + "/{id}", {"name": "Changed"}, "dashboards:write", 200),
    "view-copy": ("POST", VIEWS + "/{id}/copy", None, "dashboards:write", 201),
    "view-delete": ("DELETE", VIEWS + "/{id}", None, "dashboards:write", 200),
}
EVERYTHING = {"analytics:read", "dashboards:read", "dashboards:write"}
GRANTED = {
    "upstack_full": EVERYTHING,
    "upstack_analytics": {"analytics:read"},
    "upstack_dashboards_read": {"dashboards:read"},
    "upstack_dashboards_write": {"dashboards:read", "dashboards:write"},
    "upstack_legacy_db_query": {"analytics:read"},
    "upstack_legacy_attribution": {"analytics:read"},
    "upstack_no_scopes": set(),
    "upstack_revoked": None,
    "upstack_expired": None,
}
LEGACY = {"upstack_legacy_db_query": "db_query", "upstack_legacy_attribution": "attribution_query"}


def ask(client: httpx.Client, name: str, view_id: str) -> httpx.Response:
    method, path, body, _, _ = ROUTES[name]
    return client.request(method, path.format(id=view_id), json=body)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("key", GRANTED)
def test_every_key_on_every_route(as_key, view, key, route):
    _, _, _, scope, allowed = ROUTES[route]
    response = ask(as_key(key), route, view["id"])
    granted = GRANTED[key]
    if granted is None:
        assert response.status_code == 401
    elif scope is None or scope in granted:
        assert response.status_code == allowed, response.text
    else:
        assert response.status_code == 403
        document = response.json()
        assert document["message"] == f"The API key lacks the scope {scope}"
        assert document["code"] == "insufficient_scope"


@pytest.mark.parametrize("route", ROUTES)
def test_a_key_of_another_pixel_has_its_rights_there(as_key, route):
    method, path, body, _, allowed = ROUTES[route]
    other = as_key("upstack_other_pixel")
    own = other.post(PRESET, json=NEW_PRESET).json()["dashboardView"]["id"]
    asked = body | {"pixelId": OTHER_PIXEL} if body and "pixelId" in body else body
    assert other.request(method, path.format(id=own), json=asked).status_code == allowed


def test_what_is_lacking_is_told_before_whether_the_view_exists(as_key, view):
    lacking = [ask(as_key("upstack_analytics"), "view", id_) for id_ in (view["id"], "no-such-view")]
    assert [response.status_code for response in lacking] == [403, 403]


def uses_of(client: httpx.Client, url: str, scope: str) -> float:
    found = re.search(
        rf'^gateway_legacy_scope_uses_total{{scope="{scope}"}} (\S+)$', client.get(f"{url}/metrics").text, re.MULTILINE
    )
    return float(found[1]) if found else 0


@pytest.mark.parametrize(("key", "scope"), LEGACY.items())
def test_the_use_of_a_legacy_scope_is_counted(demo, as_key, key, scope):
    with httpx.Client(trust_env=False) as ops:
        before = uses_of(ops, demo.admin_url, scope)
        assert as_key(key).post(QUERY, json=QUESTION).status_code == 200
        assert as_key("upstack_analytics").post(QUERY, json=QUESTION).status_code == 200
        assert uses_of(ops, demo.admin_url, scope) == before + 1


@pytest.mark.parametrize(("key", "scope"), LEGACY.items())
def test_the_log_names_the_legacy_scope(demo, as_key, key, scope):
    answered = as_key(key).get(MEASURES)
    assert demo.record(answered.headers["x-request-id"])["legacy_scopes"] == [scope]
