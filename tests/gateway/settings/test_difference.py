"""`gateway diff`: each change of the demo's settings is told once, with what it does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway.settings import Settings, load_settings
from gateway.settings.difference import HIDDEN, Difference, Effect, differences
from tests.gateway.settings.test_cli import DEMO, gateway

if TYPE_CHECKING:
    from pathlib import Path

TEXT = DEMO.read_text()
MEASURES = "      - { name: measures, method: GET, path: /db-mgmt/api/measures, scopes: [], upstream: db-mgmt }\n"
QUERY = "path: /db-mgmt/api/query\n        scopes: [analytics:read]"

CHANGES = [
    (MEASURES, "", "route", "upstack GET /db-mgmt/api/measures", Effect.CLOSES),
    ("path: /db-mgmt/api/query\n", "path: /db-mgmt/api/{any}\n", "route", "upstack POST /db-mgmt/api/{any}", Effect.OPENS),
    (QUERY, "path: /db-mgmt/api/query\n        scopes: []", "route", "upstack POST /db-mgmt/api/query: scopes", Effect.OPENS),
    (QUERY, "path: /db-mgmt/api/query\n        scopes: [analytics:read, dashboards:read]", "route", "upstack POST /db-mgmt/api/query: scopes", Effect.CLOSES),
    (QUERY, "path: /db-mgmt/api/query\n        scopes: [dashboards:read]", "route", "upstack POST /db-mgmt/api/query: scopes", Effect.CHANGES),
    ("measures, scopes: []", "measures, cost: 5, scopes: []", "route", "upstack GET /db-mgmt/api/measures: cost", Effect.CLOSES),
    ("        resource: { name: project, parameter: projectId }\n", "", "route", "dashtrack GET /v1/projects/{projectId}/metrics: resource", Effect.OPENS),
    ("[pixelId, dashboardView.pixelId]", "[pixelId]", "route", "upstack POST /accounts/api/dashboard/views: tenant_members", Effect.OPENS),
    ("starter: { limit: 100,", "starter: { limit: 200,", "plan", "starter: limit", Effect.OPENS),
    ("starter: { limit: 100,", "starter: { limit: 50,", "plan", "starter: limit", Effect.CLOSES),
    ("starter: { limit: 100,", "starter: { burst: 200, limit: 50,", "plan", "starter: limit", Effect.CHANGES),
    ("    starter: { limit: 100, per: hour }\n", "", "plan", "starter", Effect.CLOSES),
    ("      implies: [dashboards:read]\n", "", "scope", "dashboards:write: grants", Effect.CLOSES),
    ("db_query: [analytics:read]", "db_query: [analytics:read, dashboards:write]", "legacy scope", "db_query: grants", Effect.OPENS),
    ("9103}", "9999}", "upstream", "dashtrack: url", Effect.CHANGES),
    ("foreign: 403", "foreign: 404", "API", "dashtrack: foreign", Effect.CHANGES),
    ("header: x-pixel-id", "header: x-other-id", "API", "upstack: tenant", Effect.CHANGES),
    ("prefix: dt }\n", "prefix: dt, imported: true }\n", "API", "dashtrack: imported keys", Effect.OPENS),
    ("\nkeys:", "\nlimits: { anonymous: { limit: 1 } }\nkeys:", "anonymous limit", "limit", Effect.CLOSES),
    ("\nkeys:", "\nreserved_headers: [x-own]\nkeys:", "reserved headers", "dropped", Effect.CLOSES),
    ("\nkeys:", "\nhttp: { header_fields: 50 }\nkeys:", "setting", "http.header_fields", Effect.CHANGES),
]  # fmt: skip


def settings_of(folder: Path, text: str) -> Settings:
    file = folder / "gateway.yaml"
    file.write_text(text)
    return load_settings(file, {})


def changed(folder: Path, old: str, new: str) -> list[Difference]:
    assert old in TEXT
    return differences(settings_of(folder, TEXT), settings_of(folder, TEXT.replace(old, new, 1)))


def test_the_same_settings_do_not_differ():
    assert differences(load_settings(DEMO, {}), load_settings(DEMO, {})) == []


@pytest.mark.parametrize(("old", "new", "kind", "where", "effect"), CHANGES)
def test_a_change_is_told_with_its_effect(tmp_path: Path, old: str, new: str, kind: str, where: str, effect: Effect):
    found = changed(tmp_path, old, new)
    assert (kind, where, effect) in [(one.kind, one.where, one.effect) for one in found]
    renamed = "{any}" in new  # one route gone, another there
    assert len(found) == (2 if renamed else 1)


def test_the_way_back_has_the_opposite_effect(tmp_path: Path):
    opposite = {Effect.OPENS: Effect.CLOSES, Effect.CLOSES: Effect.OPENS, Effect.CHANGES: Effect.CHANGES}
    for old, new, *_ in CHANGES:
        there = changed(tmp_path, old, new)
        back = differences(settings_of(tmp_path, TEXT.replace(old, new, 1)), settings_of(tmp_path, TEXT))
        assert {(one.where, opposite[one.effect]) for one in there} == {(one.where, one.effect) for one in back}


def test_a_password_is_not_shown(tmp_path: Path):
    secret = '"postgresql://gateway:hunter2@db/keys"'
    (found,) = changed(tmp_path, '"sqlite:///${DEMO_FOLDER:-.}/keys.db"', secret)
    assert (found.where, found.before, found.after) == ("keys.store", HIDDEN, HIDDEN)
    with_redis = changed(tmp_path, "\nkeys:", '\nlimits: { redis: { url: "redis://u:hunter2@r", nodes: 1 } }\nkeys:')
    assert "limits.redis.url" in [one.where for one in with_redis]
    assert "hunter2" not in str(with_redis)


def test_the_command_tells_people_and_programs(tmp_path: Path):
    file = tmp_path / "new.yaml"
    file.write_text(TEXT.replace(QUERY, "path: /db-mgmt/api/query\n        scopes: []", 1))
    told = gateway("diff", DEMO, file)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == "opens   route upstack POST /db-mgmt/api/query: scopes  analytics:read -> none\n"
    assert gateway("diff", DEMO, DEMO).stdout == "Nothing differs.\n"
    (row,) = json.loads(gateway("diff", DEMO, file, "--json").stdout)
    assert (row["effect"], row["before"], row["after"]) == ("opens", ["analytics:read"], [])
    assert gateway("diff", DEMO, tmp_path / "none.yaml").returncode == 2
