"""The look-ups that the gateway makes; they need no caller, and are on no path that the gateway routes."""

import httpx
import pytest

from deploy.demo.seed import (
    ACCOUNT,
    CLIENT,
    OTHER_ACCOUNT,
    OTHER_CLIENT,
    OTHER_PIXEL,
    OTHER_PROJECT,
    OTHER_VIEW,
    PIXEL,
    PROJECT,
    SECOND_CLIENT,
    SECOND_PROJECT,
    VIEW,
)

MISSING = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("service", "kind", "id_", "owner"),
    [
        ("accounts", "views", VIEW, {"tenant": PIXEL}),
        ("accounts", "views", OTHER_VIEW, {"tenant": OTHER_PIXEL}),
        ("dashtrack", "clients", CLIENT, {"tenant": ACCOUNT, "resource": CLIENT}),
        ("dashtrack", "clients", OTHER_CLIENT, {"tenant": OTHER_ACCOUNT, "resource": OTHER_CLIENT}),
        ("dashtrack", "projects", PROJECT, {"tenant": ACCOUNT, "resource": CLIENT}),
        ("dashtrack", "projects", SECOND_PROJECT, {"tenant": ACCOUNT, "resource": SECOND_CLIENT}),
        ("dashtrack", "projects", OTHER_PROJECT, {"tenant": OTHER_ACCOUNT, "resource": OTHER_CLIENT}),
    ],
)
def test_whose_a_thing_is(demo, service, kind, id_, owner):
    answer = httpx.get(f"{demo.url(service)}/internal/owners/{kind}/{id_}", trust_env=False)
    assert (answer.status_code, answer.json()) == (200, owner)


@pytest.mark.parametrize(
    ("service", "kind"), [("accounts", "views"), ("dashtrack", "clients"), ("dashtrack", "projects")]
)
@pytest.mark.parametrize("id_", [MISSING, "x", "%20", "%27%20OR%201=1"])
def test_what_nobody_owns_is_404(demo, service, kind, id_):
    answer = httpx.get(f"{demo.url(service)}/internal/owners/{kind}/{id_}", trust_env=False)
    assert (answer.status_code, answer.json()) == (404, {"message": "Not found"})


def test_a_view_has_an_owner_as_long_as_it_lives(demo, accounts, pixel):
    made = accounts.post("/accounts/api/dashboard/views", json={"name": "x"}).json()["dashboardView"]["id"]
    look_up = f"{demo.url('accounts')}/internal/owners/views/{made}"
    assert httpx.get(look_up, trust_env=False).json() == {"tenant": pixel}
    accounts.delete(f"/accounts/api/dashboard/views/{made}")
    assert httpx.get(look_up, trust_env=False).status_code == 404
