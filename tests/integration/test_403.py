"""403: a scope that is lacking is in test_scopes.py; here, a body that names another pixel, and a client out of reach."""

from __future__ import annotations

import pytest

from deploy.demo.seed import CLIENT, OTHER_CLIENT, OTHER_PIXEL, OTHER_PROJECT, PIXEL, PROJECT, SECOND_CLIENT
from tests.integration.asking import (
    ATTRIBUTION,
    ATTRIBUTION_QUESTION,
    CLIENTS,
    COHORT_QUESTION,
    COHORTS,
    NEW_PRESET,
    PRESET,
    QUERY,
    QUESTION,
    VIEWS,
    shape,
)

OTHERS = {"pixelId": OTHER_PIXEL}
OTHERS_VIEW = {"name": "x", "pixelId": OTHER_PIXEL}

# name: method, path, a body that names another pixel, the member that does
MISMATCHES = {
    "query": ("POST", QUERY, QUESTION | OTHERS, "pixelId"),
    "attribution": ("POST", ATTRIBUTION, ATTRIBUTION_QUESTION | OTHERS, "pixelId"),
    "cohorts": ("POST", COHORTS, COHORT_QUESTION | OTHERS, "pixelId"),
    "preset": ("POST", PRESET, NEW_PRESET | OTHERS, "pixelId"),
    "new view, bare": ("POST", VIEWS, OTHERS_VIEW, "pixelId"),
    "new view, wrapped": ("POST", VIEWS, {"dashboardView": OTHERS_VIEW}, "dashboardView.pixelId"),
    "new view, both": ("POST", VIEWS, {"pixelId": PIXEL, "dashboardView": OTHERS_VIEW}, "dashboardView.pixelId"),
    "changed view, bare": ("PATCH", VIEWS + "/{id}", OTHERS_VIEW, "pixelId"),
    "changed view, wrapped": ("PATCH", VIEWS + "/{id}", {"dashboardView": OTHERS_VIEW}, "dashboardView.pixelId"),
    "copied view": ("POST", VIEWS + "/{id}/copy", OTHERS, "pixelId"),
    "upper case": ("POST", QUERY, QUESTION | {"pixelId": PIXEL.upper()}, "pixelId"),
    "empty": ("POST", QUERY, QUESTION | {"pixelId": ""}, "pixelId"),
    "of nobody": ("POST", QUERY, QUESTION | {"pixelId": "no pixel"}, "pixelId"),
}


@pytest.mark.parametrize("name", MISMATCHES)
def test_a_body_of_another_pixel(full, view, name):
    method, path, body, member = MISMATCHES[name]
    response = full.request(method, path.format(id=view["id"]), json=body)
    assert response.status_code == 403, response.text
    assert response.json()["code"] == "body_tenant_mismatch"
    assert response.json()["message"] == f"The body's {member} is not the request's tenant"


def test_nothing_was_made_of_them(full, view):
    before = full.get(VIEWS).json()["dashboardViews"]
    for method, path, body, _ in MISMATCHES.values():
        full.request(method, path.format(id=view["id"]), json=body)
    assert full.get(VIEWS).json()["dashboardViews"] == before


def test_a_body_that_names_the_pixel_or_none_is_let_through(full):
    for body in (NEW_PRESET, NEW_PRESET | {"pixelId": PIXEL}):
        assert full.post(PRESET, json=body).status_code == 201


# what of another account exists: method and path
FOREIGN = {
    "projects": ("GET", f"{CLIENTS}/{OTHER_CLIENT}/projects"),
    "new project": ("POST", f"{CLIENTS}/{OTHER_CLIENT}/projects"),
    "team": ("GET", f"{CLIENTS}/{OTHER_CLIENT}/team"),
    "metrics": ("GET", f"/v1/projects/{OTHER_PROJECT}/metrics"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_resource_of_dashtrack(agency, name):
    method, path = FOREIGN[name]
    response = agency.request(method, path, json={"name": "x"} if method == "POST" else None)
    assert response.status_code == 403
    assert response.json()["message"] == "The API key has no access to this resource"


def test_a_client_of_the_account_that_the_key_does_not_list(demo, mint, stranger):
    headers = {"authorization": f"Bearer {mint('dt', '--resource', SECOND_CLIENT)}"}
    listed = stranger.get(CLIENTS, headers=headers).json()
    assert [client["id"] for client in listed["data"]] == [SECOND_CLIENT]
    assert stranger.get(f"{CLIENTS}/{SECOND_CLIENT}/team", headers=headers).status_code == 200
    unlisted = stranger.get(f"{CLIENTS}/{CLIENT}/team", headers=headers)
    foreign = stranger.get(f"{CLIENTS}/{OTHER_CLIENT}/team", headers=headers)
    assert [unlisted.status_code, foreign.status_code] == [403, 403]
    assert shape(unlisted)[2] == shape(foreign)[2]
    assert stranger.get(f"/v1/projects/{PROJECT}/metrics", headers=headers).status_code == 403
