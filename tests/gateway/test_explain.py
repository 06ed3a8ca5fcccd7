"""`gateway explain`: the same reason as the request path gives, what each stage saw, and nothing charged."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.demo import seed
from gateway.declared import declared_routes
from gateway.explain import Explaining, Explanation, Question
from gateway.limits.policy import LimitPolicy
from gateway.ownership import Ownership
from gateway.principals import Principals
from gateway.settings import load_settings
from gateway.stand_ins import StatedOwner
from keys import Account, Key, KeyRecord
from tests.gateway.settings.test_cli import DEMO, gateway
from tests.integration.running_demo import RunningDemo

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 1_800_000_000.0
ACCOUNT = Account("acme", "Acme", "starter", None, NOW)
KEY = Key("AAAAAAAAA0", "upstack", "a key", "acme", "pixel-1", None, frozenset({"db_query", "dashboards:write"}), None, None, "", NOW, "test")  # fmt: skip
AGENCY = replace(KEY, prefix="dt", tenant=None, scopes=frozenset())
VIEW = "/accounts/api/dashboard/views/v"
SETTINGS = load_settings(DEMO, {})


async def explained(key: Key | None, method: str, path: str, owner: str = "mine", **asked) -> Explanation:
    policy = LimitPolicy(SETTINGS.limits.anonymous.rate)
    principals = Principals(SETTINGS.keys.scope_table(), SETTINGS.keys.declared_plans(), policy)
    ownership = Ownership(StatedOwner(owner, None, "pixel-1"))
    explaining = Explaining(declared_routes(SETTINGS), principals, ownership, NOW)
    return await explaining.explain(Question(KEY.id, method, path, **asked), KeyRecord(key, ACCOUNT) if key else None)


@pytest.mark.parametrize(
    ("key", "method", "path", "owner", "answer"),
    [
        (KEY, "GET", VIEW, "mine", (None, "forwarded")),
        (KEY, "GET", VIEW, "foreign", (404, "resource_foreign")),
        (KEY, "GET", VIEW, "missing", (404, "resource_missing")),
        (replace(KEY, scopes=frozenset()), "GET", VIEW, "mine", (403, "insufficient_scope")),
        (replace(KEY, revoked_at=NOW, revoked_why="leaked"), "GET", VIEW, "mine", (401, "key_revoked")),
        (replace(KEY, expires_at=NOW), "GET", VIEW, "mine", (401, "key_expired")),
        (replace(KEY, disabled_at=NOW), "GET", VIEW, "mine", (401, "key_disabled")),
        (replace(KEY, plan="gone"), "GET", VIEW, "mine", (503, "plan_unknown")),
        (KEY, "PUT", VIEW, "mine", (405, "method_not_allowed")),
        (KEY, "GET", "/accounts/api/users", "mine", (404, "route_unknown")),
        (KEY, "GET", "/accounts/../v1", "mine", (400, "path_ambiguous")),
        (None, "GET", VIEW, "mine", (401, "key_unknown")),
        (AGENCY, "GET", VIEW, "mine", (401, "credential_malformed")),
        (AGENCY, "GET", "/v1/clients?page=2", "mine", (None, "forwarded")),
    ],
)
async def test_the_answer(key: Key | None, method: str, path: str, owner: str, answer: tuple[int | None, str]):
    told = await explained(key, method, path, owner)
    assert (told.status, told.reason) == answer
    assert told.why


async def test_another_tenant_is_refused_as_the_header_would_be():
    told = await explained(KEY, "GET", VIEW, tenant="pixel-2")
    assert (told.status, told.reason, told.facts["tenant named"]) == (401, "tenant_mismatch", ["pixel-2"])


async def test_each_stage_tells_what_it_saw():
    told = await explained(KEY, "PATCH", VIEW)
    assert told.facts == {
        "API": "upstack",
        "route": "view-update: PATCH /accounts/api/dashboard/views/{dashboardViewId} to accounts",
        "cost": 1,
        "scopes needed": ["dashboards:write"],
        "body members bound to the tenant": ["pixelId", "dashboardView.pixelId"],
        "key": "a key",
        "account": "acme",
        "state": "active",
        "scopes stored": ["dashboards:write", "db_query"],
        "scopes granted": ["analytics:read", "dashboards:read", "dashboards:write"],
        "plan": "starter",
        "limit": "100 in 3,600 s, burst 100, by key",
        "tenant named": ["pixel-1"],
        "tenant": "pixel-1",
        "owner": "the view is the tenant's",
    }


async def test_a_revoked_key_says_why_it_was_revoked():
    told = await explained(replace(KEY, revoked_at=NOW, revoked_why="leaked"), "GET", VIEW)
    assert (told.facts["state"], told.facts["revoked because"]) == ("revoked", "leaked")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    running = RunningDemo(tmp_path_factory.mktemp("explain"))
    yield running
    running.end()


def key_id(demo: RunningDemo, name: str) -> str:
    return demo.key(name)[-40:-30]


def test_the_command_asks_the_real_owner(demo: RunningDemo):
    agency = key_id(demo, "dashtrack_agency")
    for client, status, reason in (
        (seed.CLIENT, None, "forwarded"),
        (seed.OTHER_CLIENT, 403, "resource_foreign"),
        ("nobody", 404, "resource_missing"),
    ):
        asked = ("explain", agency, "get", f"/v1/clients/{client}/projects", "--config", demo.config)
        told = json.loads(gateway(*asked, "--json").stdout)
        assert (told["status"], told["reason"]) == (status, reason)
        unasked = json.loads(gateway(*asked, "--no-lookup", "--json").stdout)
        assert (unasked["reason"], unasked["facts"]["owner"]) == ("forwarded", "not asked")


def test_the_command_tells_people_and_fails_for_a_wrong_file(demo: RunningDemo):
    revoked = key_id(demo, "upstack_revoked")
    told = gateway("explain", revoked, "GET", "/db-mgmt/api/measures", "--config", demo.config)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.splitlines()[-1] == "401 key_revoked  the key was revoked"
    assert gateway("explain", revoked, "GET", "/", "--config", demo.folder / "none.yaml").returncode == 2
