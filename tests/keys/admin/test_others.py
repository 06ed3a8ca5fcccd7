"""The endpoints of accounts, plans, scopes, operators, the audit log and nodes."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from keys.model import Role
from keys.nodes import NodeIdentity
from tests.keys.admin.conftest import Api, events

PLAN = {"name": "stored", "limit": {"count": 5, "period_s": 60, "burst": 9}, "by": "tenant"}


class TestAccounts:
    async def test_added_changed_and_shown(self, admin, own_key, changes):
        added = {"id": "third", "name": "Third", "plan": "small", "limit": {"count": 5, "period_s": 60}}
        told = (await admin("POST", "/v1/accounts", added, expect=201)).json()
        assert told["limit"] == {"count": 5, "period_s": 60, "burst": 5}
        assert (await admin("POST", "/v1/accounts", added, expect=422)).json()["code"] == "rejected"
        changed = (await admin("PATCH", "/v1/accounts/third", {"plan": "fast", "limit": None}, expect=200)).json()
        assert (changed["plan"], changed["limit"], changed["name"]) == ("fast", None, "Third")
        assert (await admin("GET", "/v1/accounts/acme", expect=200)).json()["tenants"] == ["pixel-1"]
        assert (await admin("GET", "/v1/accounts/nobody", expect=404)).json()["code"] == "not_found"

    async def test_pages(self, admin):
        first = (await admin("GET", "/v1/accounts?limit=1", expect=200)).json()
        second = (await admin("GET", f"/v1/accounts?limit=1&after={first['next']}", expect=200)).json()
        last = (await admin("GET", f"/v1/accounts?limit=1&after={second['next']}", expect=200)).json()
        assert [[one["id"] for one in page["items"]] for page in (first, second, last)] == [["acme"], ["other"], []]
        assert last["next"] is None


class TestPlansAndScopes:
    async def test_a_plan_of_the_store_comes_and_goes(self, admin, store):
        assert (await admin("POST", "/v1/plans", PLAN, expect=201)).json() == PLAN | {"from": "store"}
        await admin("PUT", "/v1/plans/stored", {"limit": None}, expect=200)
        shown = (await admin("GET", "/v1/plans/stored", expect=200)).json()
        assert shown == {"name": "stored", "limit": None, "by": "key", "from": "store"}
        await admin("DELETE", "/v1/plans/stored", expect=204)
        await admin("GET", "/v1/plans/stored", expect=404)
        assert len(await events(store, "plan:removed")) == 1

    async def test_a_plan_of_the_settings_is_changed_there(self, admin):
        assert (await admin("PUT", "/v1/plans/small", {"limit": None}, expect=422)).json()["code"] == "rejected"
        items = (await admin("GET", "/v1/plans", expect=200)).json()["items"]
        assert [(one["name"], one["from"]) for one in items] == [
            ("fast", "settings"),
            ("own", "settings"),
            ("small", "settings"),
        ]

    @pytest.mark.parametrize("period_s", [True, 61, 0, "60", 60.5])
    async def test_a_period_is_one_of_four(self, admin, period_s):
        limit = {"count": 5, "period_s": period_s}
        await admin("POST", "/v1/plans", PLAN | {"limit": limit}, expect=422)

    async def test_scopes_are_told_with_what_they_grant(self, owner):
        told = (await owner("GET", "/v1/scopes", expect=200)).json()
        scopes = {one["name"]: one for one in told["scopes"]}
        assert scopes["boards:admin"]["grants"] == ["boards:admin", "boards:read", "boards:write"]
        assert (scopes["old_query"]["is_legacy"], scopes["old_query"]["grants"]) == (True, ["reports:read"])
        assert {one["prefix"]: one["tenant"] for one in told["prefixes"]} == {
            "px": "required",
            "ac": "none",
            "any": "optional",
        }


class TestOperators:
    async def test_a_new_one_signs_in_until_revoked(self, app, admin):
        issued = (await admin("POST", "/v1/operators", {"name": "New", "role": "viewer"}, expect=201)).json()
        new = Api(app, issued["token"])
        assert (await new("GET", "/v1/session", expect=200)).json()["operator"] == issued["operator"]
        listed = await admin("GET", "/v1/operators", expect=200)
        assert issued["operator"]["id"] in {one["id"] for one in listed.json()["items"]}
        assert issued["token"] not in listed.text
        revoked = await admin("POST", f"/v1/operators/{issued['operator']['id']}/revoke", {}, expect=200)
        assert revoked.json()["revoked_by"].startswith("operator:")
        await new("GET", "/v1/session", expect=401)

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"name": "x", "role": "owner"}, 422),
            ({"name": "x", "role": "viewer", "account": "acme"}, 422),
            ({"name": "x", "role": "owner", "account": "nobody"}, 404),
            ({"name": " x", "role": "viewer"}, 422),
            ({"name": "x", "role": "root"}, 422),
        ],
    )
    async def test_an_owner_has_an_account_and_nobody_else(self, admin, body, status):
        await admin("POST", "/v1/operators", body, expect=status)

    @pytest.mark.parametrize("operator_id", ["nothere000", "x", "op_" + "A" * 40])
    async def test_who_is_not_there_cannot_be_revoked(self, admin, operator_id):
        await admin("POST", f"/v1/operators/{operator_id}/revoke", {}, expect=404)


class TestAudit:
    async def test_pages_and_one_subject(self, admin, own_key, lifecycle):
        await lifecycle.disable(own_key.key.id, "test")
        first = (await admin("GET", "/v1/audit?limit=2", expect=200)).json()
        assert [one["seq"] for one in first["items"]] == [1, 2]
        behind = (await admin("GET", f"/v1/audit?limit=2&after={first['next']}", expect=200)).json()
        assert [one["seq"] for one in behind["items"]] == [3, 4]
        mine = (await admin("GET", f"/v1/audit?subject={own_key.key.id}", expect=200)).json()
        assert [(one["tag"], one["subject"]) for one in mine["items"]] == [
            ("key:minted", own_key.key.id),
            ("key:disabled", own_key.key.id),
        ]

    async def test_export_is_the_whole_chain(self, admin, own_key, store):
        answer = await admin("GET", "/v1/audit/export", expect=200)
        assert answer.headers["content-type"] == "application/x-ndjson"
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert [line["hash"] for line in lines] == [one.hash for one in await store.list_audit_events(limit=1000)]
        assert [line["prev"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]

    @pytest.mark.parametrize(
        ("damage", "first_bad"),
        [
            ("UPDATE audit_events SET details = '{}' WHERE seq = 3", 3),
            ("UPDATE audit_events SET tag = 'no:such' WHERE seq = 2", 2),
            ("DELETE FROM audit_events WHERE seq = 4", 4),
            ("DELETE FROM audit_events WHERE seq = (SELECT max(seq) FROM audit_events)", 7),
            ("UPDATE audit_events SET actor = 'me', details = 'no json' WHERE seq = 1", 1),
        ],
    )
    async def test_verify_names_the_first_bad_event(self, admin, own_key, store, damage, first_bad):
        whole = (await admin("GET", "/v1/audit/verify", expect=200)).json()
        assert (whole["whole"], whole["events"], whole["first_bad"]) == (True, 7, None)
        async with store._engine.begin() as connection:
            await connection.execute(text(damage))
        told = (await admin("GET", "/v1/audit/verify", expect=200)).json()
        assert (told["whole"], told["first_bad"], told["events"]) == (False, first_bad, first_bad - 1)
        await admin("GET", "/v1/audit", expect=200)


async def test_nodes_are_told_with_how_far_they_have_come(admin, store, own_key):
    await store.nodes.renew(NodeIdentity("node-1", "host", 7, "space", "1.0", 60.0), 3)
    told = (await admin("GET", "/v1/nodes", expect=200)).json()
    assert [(one["id"], one["applied"], one["is_trusting"]) for one in told["items"]] == [("node-1", 3, True)]
    assert told["latest_change"] == await store.latest_change()


async def test_a_change_is_told_to_the_process_and_a_reading_is_not(apis, own_key, changes):
    await apis[Role.VIEWER]("GET", "/v1/keys", expect=200)
    assert changes == []
    await apis[Role.OPERATOR]("POST", f"/v1/keys/{own_key.key.id}/disable", {}, expect=200)
    assert changes == [1]
