"""404: a view of another pixel answers as one that does not exist; and what is declared nowhere."""

from __future__ import annotations

import httpx
import pytest

from deploy.demo.seed import OTHER_CLIENT, OTHER_VIEW, VIEW
from tests.integration.asking import CLIENTS, MEASURES, VIEWS, shape

MISSING = "00000000-0000-4000-8000-000000000000"

# method, what follows the id, body
ON_A_VIEW = [
    ("GET", "", None),
    ("GET", "?expand=all", None),
    ("PATCH", "", {"name": "x"}),
    ("PATCH", "", {"unknown": 1}),
    ("PATCH", "", None),
    ("DELETE", "", None),
    ("POST", "/copy", None),
    ("POST", "/copy", {"name": "x"}),
]


@pytest.mark.parametrize(("method", "behind", "body"), ON_A_VIEW)
def test_a_foreign_view_answers_as_a_missing_one(full, method, behind, body):
    foreign, missing, odd = (
        shape(full.request(method, f"{VIEWS}/{id_}{behind}", json=body)) for id_ in (OTHER_VIEW, MISSING, "no-id")
    )
    assert foreign == missing == odd
    assert foreign[:2] == (404, b'{"message": "Dashboard view not found"}')


@pytest.mark.parametrize(
    ("method", "behind"), [("PUT", ""), ("POST", ""), ("GET", "/copy"), ("GET", "/x"), ("GET", "/")]
)
def test_what_is_no_endpoint_of_a_view_does_not_look_it_up(full, method, behind):
    own, foreign, missing = (full.request(method, f"{VIEWS}/{id_}{behind}") for id_ in (VIEW, OTHER_VIEW, MISSING))
    shapes = {(each.status_code, each.json()["message"], *shape(each)[2]) for each in (own, foreign, missing)}
    assert len(shapes) == 1
    assert own.status_code in {404, 405}


def test_its_owner_sees_it_unharmed(full, as_key):
    for method, behind, body in ON_A_VIEW:
        full.request(method, f"{VIEWS}/{OTHER_VIEW}{behind}", json=body)
    theirs = as_key("upstack_other_pixel").get(f"{VIEWS}/{OTHER_VIEW}")
    assert theirs.status_code == 200
    assert theirs.json()["dashboardView"]["name"] != "x"


def test_a_view_that_is_gone_answers_as_one_that_never_was(full, view):
    where = f"{VIEWS}/{view['id']}"
    assert full.delete(where).status_code == 200
    assert shape(full.get(where)) == shape(full.get(f"{VIEWS}/{MISSING}"))
    assert shape(full.delete(where)) == shape(full.delete(f"{VIEWS}/{MISSING}"))


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("GET", f"{CLIENTS}/{MISSING}/projects", "Client not found"),
        ("POST", f"{CLIENTS}/{MISSING}/projects", "Client not found"),
        ("GET", f"{CLIENTS}/{MISSING}/team", "Client not found"),
        ("GET", f"/v1/projects/{MISSING}/metrics", "Project not found"),
        ("GET", f"/v1/projects/{OTHER_CLIENT}/metrics", "Project not found"),
    ],
)
def test_what_dashtrack_does_not_have(agency, method, path, message):
    response = agency.request(method, path, json={"name": "x"} if method == "POST" else None)
    assert (response.status_code, response.json()["message"]) == (404, message)


UNDECLARED = [
    "/db-mgmt/",
    "/db-mgmt/api",
    "/db-mgmt/api/measures/",
    "/db-mgmt/api/Measures",
    "/db-mgmt/api/measures/core.orders",
    "/accounts/api/dashboard",
    "/accounts/internal/owners/views/" + VIEW,
    VIEWS + "/",
]


@pytest.mark.parametrize("path", UNDECLARED)
def test_an_undeclared_path_of_an_api_is_404_for_its_keys_alone(full, stranger, path):
    response = full.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "route_unknown")
    assert response.headers["x-ratelimit-limit"] == "10000"
    assert stranger.get(path).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v2/clients",
        "/db-mgmt",
        "/internal/owners/views/" + VIEW,
        "/internal/owners/clients/" + OTHER_CLIENT,
        "/metrics",
        "/livez",
        "/readyz",
        "/admin",
        "/docs",
        "/openapi.json",
        "/tr/x",
    ],
)
def test_outside_every_api_nothing_is_there_for_anybody(demo, stranger, path):
    for headers in ({}, demo.headers("upstack_full"), demo.headers("dashtrack_agency")):
        response = stranger.get(path, headers=headers)
        assert (response.status_code, response.json()["code"]) == (404, "route_unknown")
        assert "anonymous" in response.headers["ratelimit-policy"]


def test_head_is_no_get(full):
    assert full.head(MEASURES).status_code == 405


def test_the_status_listener_has_no_api(demo):
    with httpx.Client(base_url=demo.admin_url, headers=demo.headers("upstack_full"), trust_env=False) as ops:
        assert ops.get(MEASURES).status_code == 404
