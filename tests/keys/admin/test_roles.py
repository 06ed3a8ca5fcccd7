"""Every role at every endpoint: who is let in, who is refused, and that foreign things are not there for an owner."""

from __future__ import annotations

import pytest

from keys.admin.endpoints import ENDPOINTS
from keys.model import Limit, Plan, Role
from tests.keys.admin.conftest import FOREIGN, Api, events

V, O, A, W = Role.VIEWER, Role.OPERATOR, Role.ADMIN, Role.OWNER  # noqa: E741

# Written out, and not taken from the table it tests: a row that lets one role more in must fail here.
MAY = {
    ("GET", "/v1/keys"): {V, O, A, W},
    ("POST", "/v1/keys"): {O, A, W},
    ("POST", "/v1/keys/revoke"): {O, A, W},
    ("POST", "/v1/keys/verify"): {V, O, A, W},
    ("GET", "/v1/keys/{key_id}"): {V, O, A, W},
    ("PATCH", "/v1/keys/{key_id}"): {O, A, W},
    ("POST", "/v1/keys/{key_id}/revoke"): {O, A, W},
    ("POST", "/v1/keys/{key_id}/disable"): {O, A, W},
    ("POST", "/v1/keys/{key_id}/enable"): {O, A, W},
    ("POST", "/v1/keys/{key_id}/rotate"): {O, A, W},
    ("GET", "/v1/accounts"): {V, O, A, W},
    ("POST", "/v1/accounts"): {A},
    ("GET", "/v1/accounts/{account_id}"): {V, O, A, W},
    ("PATCH", "/v1/accounts/{account_id}"): {A},
    ("GET", "/v1/plans"): {V, O, A},
    ("POST", "/v1/plans"): {A},
    ("GET", "/v1/plans/{name}"): {V, O, A},
    ("PUT", "/v1/plans/{name}"): {A},
    ("DELETE", "/v1/plans/{name}"): {A},
    ("GET", "/v1/scopes"): {V, O, A, W},
    ("GET", "/v1/operators"): {A},
    ("POST", "/v1/operators"): {A},
    ("POST", "/v1/operators/{operator_id}/revoke"): {A},
    ("GET", "/v1/audit"): {V, O, A},
    ("GET", "/v1/audit/verify"): {V, O, A},
    ("GET", "/v1/audit/export"): {V, O, A},
    ("POST", "/v1/leaks"): {O, A},
    ("GET", "/v1/nodes"): {V, O, A},
    ("GET", "/v1/session"): {V, O, A, W},
    ("DELETE", "/v1/session"): {V, O, A, W},
}

BODIES = {
    ("POST", "/v1/keys"): {"prefix": "px", "name": "new", "account": "acme", "tenant": "pixel-1"},
    ("POST", "/v1/keys/revoke"): {"filter": {"account": "acme"}},
    ("POST", "/v1/keys/verify"): {"key": "px_nothing"},
    ("PATCH", "/v1/keys/{key_id}"): {"name": "renamed"},
    ("POST", "/v1/keys/{key_id}/revoke"): {"why": "a test"},
    ("POST", "/v1/accounts"): {"id": "third", "name": "Third", "plan": "small"},
    ("PATCH", "/v1/accounts/{account_id}"): {"name": "renamed"},
    ("POST", "/v1/plans"): {"name": "more", "limit": {"count": 5, "period_s": 60}},
    ("PUT", "/v1/plans/{name}"): {"limit": {"count": 6, "period_s": 60}},
    ("POST", "/v1/operators"): {"name": "New", "role": "viewer"},
    ("POST", "/v1/leaks"): {"keys": ["px_nothing"], "source": "a test"},
}
PLACES = [(one.method, one.path) for one in ENDPOINTS]


def body_of(place):
    method, _ = place
    return BODIES.get(place, {}) if method in {"POST", "PUT", "PATCH"} else None


def test_every_endpoint_is_in_the_table():
    assert set(PLACES) == set(MAY)
    assert len({one.name for one in ENDPOINTS}) == len(ENDPOINTS)


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
async def test_the_roles_that_may_are_let_in_and_no_other(place, apis, own_key, operators, plans, store):
    method, path = place
    await plans.add(Plan("stored", Limit(5, 60, 5)), "test")
    ids = {"key_id": own_key.key.id, "account_id": "acme", "name": "stored", "operator_id": operators[V].operator.id}
    for role in sorted(set(Role) - MAY[place]):
        answer = await apis[role](method, path.format(**ids), body_of(place), if_match="*")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), role
    refused = [one.actor for one in await events(store, "admin:refused") if '"forbidden"' in one.details]
    assert refused == [
        f"operator:{operators[role].operator.id} from 127.0.0.1" for role in sorted(set(Role) - MAY[place])
    ]
    done = [
        (await apis[role](method, path.format(**ids), body_of(place), if_match="*")).status_code
        for role in sorted(MAY[place])
    ]
    assert done[0] in {200, 201, 204}
    assert not {401, 403, 404, 405, 429, 500} & set(done)  # a second rotation of the same key is a 422


@pytest.mark.parametrize("place", [place for place in PLACES if W in MAY[place] and "{" in place[1]], ids=" ".join)
async def test_what_is_foreign_is_not_there_for_an_owner(place, owner, foreign_key, store):
    method, path = place
    missing = await owner(method, path.format(key_id="nothere000", account_id="no-such"), body_of(place), if_match="*")
    before = len(await events(store, "admin:refused"))
    ids = {"key_id": foreign_key.key.id, "account_id": FOREIGN}
    foreign = await owner(method, path.format(**ids), body_of(place), if_match="*")
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert foreign.headers.keys() == missing.headers.keys()
    assert missing.status_code == 404
    assert len(await events(store, "admin:refused")) == before + 1
    assert (await store.find_key(foreign_key.key.id)).key == foreign_key.key


async def test_nobody_is_let_in_without_a_token(app):
    nobody = Api(app)
    for method, path in PLACES:
        answer = await nobody(method, path, body_of((method, path)))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), (method, path)
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_data_key_is_no_credential(app, own_key, monotonic):
    holder = Api(app, own_key.text)
    for method, path in PLACES:
        monotonic.now += 60
        answer = await holder(method, path, body_of((method, path)))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), (method, path)
