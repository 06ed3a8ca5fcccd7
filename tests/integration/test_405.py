"""405, with the methods that the path has; and methods that nothing has."""

from __future__ import annotations

import pytest

from deploy.demo.seed import CLIENT, OTHER_VIEW, PROJECT, VIEW
from tests.integration.asking import ATTRIBUTION, CLIENTS, COHORTS, MEASURES, PRESET, QUERY, VIEWS
from tests.integration.raw import exchange

# path: its methods, as Allow must name them
UPSTACK = {
    MEASURES: {"GET"},
    QUERY: {"POST"},
    ATTRIBUTION: {"POST"},
    COHORTS: {"POST"},
    VIEWS: {"GET", "POST"},
    f"{VIEWS}/{VIEW}": {"GET", "PATCH", "DELETE"},
    f"{VIEWS}/{OTHER_VIEW}": {"GET", "PATCH", "DELETE"},
    f"{VIEWS}/{VIEW}/copy": {"POST"},
}
DASHTRACK = {
    CLIENTS: {"GET"},
    f"{CLIENTS}/{CLIENT}/projects": {"GET", "POST"},
    f"{CLIENTS}/{CLIENT}/team": {"GET"},
    f"/v1/projects/{PROJECT}/metrics": {"GET"},
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", [*UPSTACK, *DASHTRACK])
def test_every_other_method_is_refused(full, agency, path, method):
    client, allowed = (full, UPSTACK[path]) if path in UPSTACK else (agency, DASHTRACK[path])
    if method in allowed:
        return
    response = client.request(method, path)
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == allowed
    if method != "HEAD":
        assert response.json()["code"] == "method_not_allowed"


def test_from_preset_is_an_id_to_every_method_but_its_own(full):
    """GET views/from-preset is the view of that id, which does not exist; the template before it has the methods."""
    assert full.put(PRESET).status_code == 405


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_does_not_change_the_method(as_key, view, header):
    reader = as_key("upstack_dashboards_read")
    where = f"{VIEWS}/{view['id']}"
    assert reader.get(where, headers={header: "DELETE"}).status_code == 200
    assert reader.get(where).status_code == 200
    assert reader.put(where, headers={header: "GET"}).status_code == 405


def test_methods_have_case(demo):
    """RFC 9110, section 9.1."""
    credentials = "".join(f"{name}: {value}\r\n" for name, value in demo.headers("upstack_full").items())
    answer = exchange(demo.base_url, f"get {MEASURES} HTTP/1.1\r\nHost: a\r\n{credentials}\r\n")
    assert answer.status in {400, 405}
    assert answer.headers["x-ratelimit-limit"].isdecimal()
